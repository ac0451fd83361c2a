// Keeps a live stream close to its edge: what is newest. The rules are pure; the class applies them to a media element.

import { lastEnd, rangeAt, toList } from './ranges.js';

const LOOK_MS = 100;
const LEAST = 0.5;
const MOST = 4;
const STEP = 0.4;
const FAST = 1.08;
const SLACK = 0.25;
const DRY = 0.25;
// What lies further behind than this is jumped over.
const FAR = 3;
const ALL_WELL_MS = 30000;

/**
 * What to do for a viewer at `time` who shall be `target` seconds behind the end of `buffered` (list): {move: time},
 * {rate: speed}, or null. A viewer who went back (`shifted`) is left alone.
 */
export function edgeAction({ time, buffered, target, rate, shifted }) {
  const last = buffered[buffered.length - 1];
  if (!last || shifted) return null;
  const delay = last.end - time;
  const place = Math.max(last.start, last.end - target);
  // Behind a break there is nothing to play on; before it, what is there is played to its end.
  if (!rangeAt(buffered, time)) return place > time || time > last.end + SLACK ? { move: place + 0.001 } : null;
  if (delay > target + FAR) return { move: place };
  if (delay > target + SLACK) return rate === FAST ? null : { rate: FAST };
  if (delay <= target && rate !== 1) return { rate: 1 };
  return null;
}

/**
 * Follows the edge of a live stream in a media element. Each time that the stream runs dry it stays a little further
 * behind. `delay` is how far the picture is behind what has come, in seconds; `shifted` whether the viewer went back.
 */
export class LiveEdge {
  #video;
  #target = LEAST;
  #troubledAt = performance.now();
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
    const buffered = toList(this.#video.buffered);
    if (buffered.length > 0) this.#move(Math.max(buffered.at(-1).start, buffered.at(-1).end - this.#target));
  }

  destroy() {
    clearInterval(this.#timer);
    this.#listening.abort();
  }

  #look() {
    const video = this.#video;
    if (video.seeking || (video.paused && this.#begun)) return;
    if (this.#target > LEAST && performance.now() - this.#troubledAt > ALL_WELL_MS) {
      this.#target = Math.max(LEAST, this.#target - STEP);
      this.#troubledAt = performance.now();
    }
    const buffered = toList(video.buffered);
    const action = edgeAction({ time: video.currentTime, buffered, target: this.#target, rate: video.playbackRate, shifted: this.shifted });
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
    if (this.delay > this.#target + FAR || !rangeAt(toList(this.#video.buffered), this.#video.currentTime)) this.#leave();
  }

  /** Who paused goes on where it was. */
  #onPlay() {
    if (this.#begun && this.delay > this.#target + FAR) this.#leave();
  }

  #leave() {
    this.shifted = true;
    this.#video.playbackRate = 1;
  }

  #onWaiting() {
    // A decoder that is short of processor time waits, too: that is not the stream's fault.
    if (!this.#begun || this.#video.seeking || this.shifted || this.delay > DRY) return;
    this.#target = Math.min(MOST, this.#target + STEP);
    this.#troubledAt = performance.now();
    this.#video.playbackRate = 1;
  }
}
