// Where the viewing of a film is: kept while it goes on, so that it can be continued.

const APART_MS = 5000;

export class Viewing {
  #places;
  #media;
  #path;
  #size;
  #growing = false;
  #begun;
  #keptAt = -Infinity;
  #listening = new AbortController();

  /**
   * `media` is like a <video>; `path` and `size` (bytes) say which film is in it, or comes into it, `begun` that it plays
   * already. Until stop() is called.
   */
  constructor(places, media, path, { size, begun = false }, page = globalThis.window) {
    this.#places = places;
    this.#media = media;
    this.#path = path;
    this.#size = size;
    this.#begun = begun;
    const { signal } = this.#listening;
    const on = (target, name, act) => target.addEventListener(name, act, { signal });
    // Before it plays, it is not yet at the place that it begins at.
    on(media, 'playing', () => (this.#begun = true));
    on(media, 'timeupdate', () => this.#keepSometimes());
    for (const name of ['pause', 'seeked', 'ended']) on(media, name, () => this.#keep());
    page?.addEventListener('pagehide', () => this.#keep(), { signal });
  }

  stop() {
    this.#keep();
    this.#listening.abort();
  }

  /** What /api/info says of the film. */
  learn({ size, state }) {
    this.#size = size;
    this.#growing = state === 'growing';
  }

  #keepSometimes() {
    if (performance.now() - this.#keptAt >= APART_MS) this.#keep();
  }

  #keep() {
    const { currentTime, duration, ended, seeking } = this.#media;
    if (!this.#begun || seeking) return;
    this.#keptAt = performance.now();
    const end = Number.isFinite(duration) ? duration : currentTime;
    this.#places.remember(this.#path, { time: ended ? end : currentTime, duration: end, size: this.#size, growing: this.#growing });
  }
}
