// Keeps the screen lit while a picture plays.

export class WakeLock {
  #wanted = false;
  #lock = null;
  #wakeLock;

  constructor(wakeLock = globalThis.navigator?.wakeLock) {
    this.#wakeLock = wakeLock;
  }

  /** Call it when that changes, and when the page becomes visible: hidden pages lose the lock. */
  async want(wanted) {
    this.#wanted = wanted;
    if (!this.#wakeLock) return;
    if (!wanted) {
      const lock = this.#lock;
      this.#lock = null;
      await lock?.release().catch(() => {});
      return;
    }
    if (this.#lock && !this.#lock.released) return;
    this.#lock = null;
    // A battery that is low, or a hidden page: the film plays all the same.
    const lock = await this.#wakeLock.request('screen').catch(() => null);
    if (this.#wanted && !this.#lock) this.#lock = lock;
    else if (this.#lock !== lock) await lock?.release().catch(() => {});
  }

  renew() {
    if (this.#wanted) this.want(true);
  }
}
