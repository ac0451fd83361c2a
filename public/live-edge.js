// Keeps a live stream close to its edge: what is newest. The rules are pure; the class applies them to a media element.

import { lastEnd, rangeAt, toList } from './ranges.js';

const LOOK_MS = 100;
const LEAST = 0.4;
const MOST = 4;
const MORE = 0.4;
const FAST = 1.08;
const SLOW = 0.95;
const SLACK = 0.25;
const DRY = 0.25;
// Fragments of this many seconds are still waited for.
const LONGEST_FRAGMENT = 4;
const FRAGMENTS_KNOWN = 5;
// What lies further behind than this is jumped over.
const FAR = 3;
const ALL_WELL_MS = 30000;

/**
 * What to do for a viewer at `time` who shall always have `target` seconds at hand of `buffered` (list), of a stream that comes in fragments
 * of `step` seconds, of the next of which `due` are over: {move: time}, {rate: speed}, or null. A viewer who went back (`shifted`) is left alone.
 */
export function edgeAction({ time, buffered, target, step = 0, due = 0, rate, shifted }) {
  const last = buffered[buffered.length - 1];
  if (!last || shifted) return null;
  const usual = target + step;
  const delay = last.end + due - time;
  const place = Math.max(last.start, last.end + due - usual);
  // Behind a break there is nothing to play on; before it, what is there is played to its end.
  if (!rangeAt(buffered, time)) return place > time || time > last.end + SLACK ? { move: place + 0.001 } : null;
  if (delay > usual + FAR) return { move: place };
  if (delay > usual + SLACK) return rate === FAST ? null : { rate: FAST };
  if (delay < usual - target / 2) return rate === SLOW ? null : { rate: SLOW };
  if ((delay <= usual && rate > 1) || (delay >= usual && rate < 1)) return { rate: 1 };
  return null;
}

/** How a stream comes in, as far as its end in the buffer tells: in fragments of `length` seconds. */
export class Fragments {
  #end = NaN;
  #grewAt = 0;
  #lengths = [];

  /** Takes note of where the stream ended at `now` (ms). */
  see(end, now) {
    if (end === this.#end) return;
    if (end > this.#end) this.#lengths = [...this.#lengths, end - this.#end].slice(-FRAGMENTS_KNOWN);
    this.#end = end;
    this.#grewAt = now;
  }

  /** The usual one: what comes at once after a break is no fragment. */
  get length() {
    if (this.#lengths.length < FRAGMENTS_KNOWN) return 0;
    return Math.min(LONGEST_FRAGMENT, this.#lengths.toSorted((a, b) => a - b)[FRAGMENTS_KNOWN >> 1]);
  }

  /** How many seconds of the next fragment are over at `now` (ms), if it comes as those before it did. */
  due(now) {
    return Math.min(this.length, (now - this.#grewAt) / 1000);
  }
}

// Between modules that may be there twice: in the bundle that begins the stream, and as the page's own.
const EDGE = Symbol.for('vodsrv.edge');

/** The one that follows the edge in a media element. */
export function edgeOf(video) {
  video[EDGE] ??= new LiveEdge(video);
  return video[EDGE];
}

/**
 * Follows the edge of a live stream in a media element. Each time that the stream runs dry it stays a little further
 * behind. `delay` is how far the picture is behind what has come, in seconds; `shifted` whether the viewer went back.
 */
export class LiveEdge {
  #video;
  #target = LEAST;
  #troubledAt = performance.now();
  #fragments = new Fragments();
  #full = false; // the target was reached once
  #moving = false;
  #begun = false;
  #listening = new AbortController();
  #timer;
  shifted = false;

  constructor(video) {
    this.#video = video;
    const on = (name, handler) => video.addEventListener(name, handler, { signal: this.#listening.signal });
    on('seeking', () => this.#onSeeking());
    on('playing', () => (this.#begun = true));
    on('play', () => this.#onPlay());
    on('waiting', () => this.#onWaiting());
    on('progress', () => this.#look());
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  get delay() {
    return Math.max(0, lastEnd(toList(this.#video.buffered)) - this.#video.currentTime);
  }

  /** Goes to what is newest, and stays there. */
  follow() {
    this.shifted = false;
    const last = toList(this.#video.buffered).at(-1);
    if (last) this.#move(Math.max(last.start, last.end - this.#target - this.#fragments.length));
  }

  destroy() {
    clearInterval(this.#timer);
    this.#listening.abort();
  }

  #look() {
    const video = this.#video;
    const buffered = toList(video.buffered);
    this.#fragments.see(lastEnd(buffered), performance.now());
    if (video.seeking || (video.paused && this.#begun)) return;
    if (this.#target > LEAST && performance.now() - this.#troubledAt > ALL_WELL_MS) {
      this.#target = Math.max(LEAST, this.#target - MORE);
      this.#troubledAt = performance.now();
    }
    if (this.delay >= this.#target) this.#full = true;
    const action = edgeAction({
      time: video.currentTime, buffered, target: this.#target, step: this.#fragments.length, due: this.#fragments.due(performance.now()),
      rate: video.playbackRate, shifted: this.shifted,
    });
    if (action?.move !== undefined) this.#move(action.move);
    if (action?.rate !== undefined) video.playbackRate = action.rate;
  }

  #move(time) {
    this.#moving = true;
    this.#video.currentTime = time;
  }

  #onSeeking() {
    const own = this.#moving;
    this.#moving = false;
    if (own || !this.#begun) return;
    this.shifted = false;
    if (this.#isFar() || !rangeAt(toList(this.#video.buffered), this.#video.currentTime)) this.#leave();
  }

  /** Who paused goes on where it was. */
  #onPlay() {
    if (this.#begun && this.#isFar()) this.#leave();
  }

  #isFar() {
    return this.delay > this.#target + this.#fragments.length + FAR;
  }

  #leave() {
    this.shifted = true;
    this.#video.playbackRate = 1;
  }

  #onWaiting() {
    // A decoder that is short of processor time waits, too: that is not the stream's fault.
    if (!this.#begun || this.#video.seeking || this.shifted || this.delay > DRY) return;
    this.#video.playbackRate = 1;
    // Nor is it that there was little to begin with: who joins right behind a key frame gets no more.
    if (!this.#full) return;
    this.#target = Math.min(MOST, this.#target + MORE);
    this.#troubledAt = performance.now();
  }
}
