// What the system shows of the film that plays, and the keys of headsets and keyboards.

const SKIP = 10;

export class MediaKeys {
  static #owner = null; // of a page's players, the one that has the keys
  #session;
  #commands;
  #host;

  constructor(host, commands, session = globalThis.navigator?.mediaSession) {
    this.#host = host;
    this.#commands = commands;
    this.#session = session;
  }

  /** Takes the keys for this player, if it is `playing` or has them; the one that plays last has them. `artwork` is a URL or "". */
  take({ title, artist = '', album = '', artwork = '', playing = false }) {
    if (!this.#session || !(playing || this.#owns)) return;
    MediaKeys.#owner = this;
    const pictures = artwork ? [{ src: artwork }] : [];
    this.#session.metadata = new MediaMetadata({ title, artist, album, artwork: pictures });
    const c = this.#commands;
    this.#handle('seekbackward', ({ seekOffset }) => c.seekBy(-(seekOffset ?? SKIP)));
    this.#handle('seekforward', ({ seekOffset }) => c.seekBy(seekOffset ?? SKIP));
    this.#handle('seekto', ({ seekTime }) => c.seekTo(seekTime));
    this.#handle('previoustrack', this.#host.hasAttribute('previous') ? () => c.goPrevious() : null);
    this.#handle('nexttrack', this.#host.hasAttribute('next') ? () => c.goNext() : null);
  }

  /** Where playback is, for the system's own seek bar. */
  place({ duration, currentTime, playbackRate }) {
    if (!this.#owns || !this.#session.setPositionState || !Number.isFinite(duration) || duration <= 0 || playbackRate <= 0) return;
    this.#session.setPositionState({ duration, playbackRate, position: Math.min(Math.max(0, currentTime), duration) });
  }

  release() {
    if (!this.#owns) return;
    MediaKeys.#owner = null;
    this.#session.metadata = null;
    for (const action of ['seekbackward', 'seekforward', 'seekto', 'previoustrack', 'nexttrack']) this.#handle(action, null);
  }

  get #owns() {
    return MediaKeys.#owner === this;
  }

  #handle(action, handler) {
    try {
      this.#session.setActionHandler(action, handler);
    } catch {
      // Not all browsers know all actions.
    }
  }
}
