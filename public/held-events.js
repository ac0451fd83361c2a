// Events that are passed on a little later than they come.

/** Passes types of events on by `deliver(type)`, in the order they come in. */
export class HeldEvents {
  #deliver;
  #held = null;
  #timer = null;

  constructor(deliver) {
    this.#deliver = deliver;
  }

  take(type) {
    if (this.#held) this.#held.push(type);
    else this.#deliver(type);
  }

  /** What comes from now on waits until it is let go, for so many milliseconds from the first call at the most. */
  hold(ms) {
    if (this.#held) return;
    this.#held = [];
    this.#timer = setTimeout(() => this.letGo(), ms);
  }

  letGo() {
    if (!this.#held) return;
    clearTimeout(this.#timer);
    const held = this.#held;
    this.#held = null;
    for (const type of held) this.#deliver(type);
  }
}
