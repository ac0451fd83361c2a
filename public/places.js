// Where the last viewing of each film stopped, kept by this browser.

const MOST = 1000;
// Who stops in the first seconds has not begun; what is left at the end are the credits.
const BEGUN_SECONDS = 5;
const END_SHARE = 0.95;
const END_SECONDS = 30;

/**
 * The places of all films, in something like localStorage. A place holds for a film of the size that it had; one that
 * was growing may have grown.
 */
export class Places {
  #storage;
  #key;

  constructor(storage, key) {
    this.#storage = storage;
    this.#key = key;
  }

  /**
   * Keeps that a viewing of a film is at `time` of `duration` seconds. `size` are the film's bytes; `growing`: there
   * may be more of them later.
   */
  remember(path, { time, duration, size, growing = false, now = Date.now() }) {
    if (!(time >= 0) || !(duration > 0)) return;
    const all = this.#read();
    const seen = !growing && time >= Math.max(duration * END_SHARE, duration - END_SECONDS);
    // Looking into a film again does not make it unseen.
    const kept = all[path]?.size === size && all[path]?.seen;
    delete all[path];
    if (time < BEGUN_SECONDS && !seen && !kept) return this.#write(all);
    all[path] = { time: seen || time < BEGUN_SECONDS ? 0 : Math.floor(time * 10) / 10, duration, size, at: now };
    if (growing) all[path].growing = true;
    if (seen || kept) all[path].seen = true;
    this.#write(all);
  }

  /** {time, duration, share, seen} of a film: where to go on, 0 at its beginning; null if there is nothing to tell. */
  recall(path, size) {
    return placeFor(this.#read()[path], size);
  }

  /** The same for many films, read once: a function of path and size. */
  all() {
    const all = this.#read();
    return (path, size) => placeFor(all[path], size);
  }

  forget(path) {
    const all = this.#read();
    delete all[path];
    this.#write(all);
  }

  #read() {
    try {
      const all = Object.entries(JSON.parse(this.#storage?.getItem(this.#key) ?? '{}'));
      return Object.fromEntries(all.filter(([, kept]) => kept?.duration > 0 && kept.time >= 0));
    } catch {
      return {};
    }
  }

  #write(all) {
    const names = Object.keys(all);
    if (names.length > MOST) {
      names.sort((a, b) => all[a].at - all[b].at);
      for (const name of names.slice(0, names.length - MOST)) delete all[name];
    }
    try {
      this.#storage?.setItem(this.#key, JSON.stringify(all));
    } catch {
      // No room, or none for us: the film plays all the same.
    }
  }
}

function placeFor(kept, size) {
  if (!kept) return null;
  const same = kept.size === size || (kept.growing && size > kept.size);
  if (!same) return null;
  return { time: kept.time, duration: kept.duration, share: Math.min(1, kept.time / kept.duration), seen: Boolean(kept.seen) };
}

/** The places kept for the server whose pages lie below `base`. */
export function placesOf(base) {
  let storage = null;
  try {
    storage = globalThis.localStorage;
  } catch {
    // The browser keeps nothing for pages.
  }
  return new Places(storage, `vodsrv.places ${new URL(base).pathname}`);
}
