// Whether a film plays in any page of this browser: nothing that can wait is done meanwhile.

const CHANNEL = 'vodsrv.playing';
const SAID_EVERY_MS = 2000;
const BELIEVED_MS = 5000;

/** The line to the other pages, or null. */
function channel() {
  try {
    return new BroadcastChannel(CHANNEL);
  } catch {
    // There are none, or, as with the site's cookies blocked in Firefox, none may be heard.
    return null;
  }
}

/** Tells the other pages while a media element plays. */
export function tellWhilePlaying(media) {
  const line = channel();
  if (!line) return;
  let timer = null;
  const say = (playing) => line.postMessage({ playing });
  const check = () => {
    const playing = !media.paused && !media.ended;
    if (playing === (timer !== null)) return;
    clearInterval(timer);
    timer = playing ? setInterval(() => say(true), SAID_EVERY_MS) : null;
    say(playing);
  };
  for (const name of ['play', 'playing', 'pause', 'ended', 'emptied']) media.addEventListener(name, check);
  window.addEventListener('pagehide', () => say(false));
}

/** Knows whether another page plays a film. */
export class OthersPlaying {
  #until = -Infinity;
  #timer = null;
  #waiting = [];
  #now;

  constructor(line = channel(), now = () => performance.now()) {
    this.#now = now;
    line?.unref?.();
    if (line) line.onmessage = ({ data }) => this.#hear(Boolean(data.playing));
  }

  get busy() {
    return this.#now() < this.#until;
  }

  /** Resolves when no other page plays. */
  quiet() {
    if (!this.busy) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #hear(playing) {
    // Of several that play, those that go on say so again.
    this.#until = playing ? this.#now() + BELIEVED_MS : -Infinity;
    clearTimeout(this.#timer);
    if (playing) this.#timer = setTimeout(() => this.#wake(), BELIEVED_MS);
    else this.#wake();
  }

  #wake() {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

let shared = null;

/** What this page knows of the others. */
export const othersPlaying = () => (shared ??= new OthersPlaying());
