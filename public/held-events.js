// Events that are passed on a little later than they come.

/** Passes types of events on by `deliver(type)`, in the order they come in. */
export class HeldEvents {
  #deliver;
  #held = null;

  constructor(deliver) {
    this.#deliver = deliver;
  }

  take(type) {
    if (this.#held) this.#held.push(type);
    else this.#deliver(type);
  }

  /** What comes from now on waits for so many milliseconds, counted from the first call. */
  hold(ms) {
    if (this.#held) return;
    this.#held = [];
    setTimeout(() => {
      const held = this.#held;
      this.#held = null;
      for (const type of held) this.#deliver(type);
    }, ms);
  }
}
