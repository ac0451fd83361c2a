// When playback stands still although it should not, and what to do about it. Pure: it takes times, returns decisions.

import { aheadOf, rangeAfter, rangeAt } from './ranges.js';

const FROZEN_MS = 1250;
// With film at hand the sound may only be slow to start: Firefox then plays 0.1 s and stands until the device is ready,
// 1.5 s for some, and each nudge starts the sound anew. So each in vain is followed by a longer wait.
const PATIENCE_MS = 2000;
const MORE_PATIENCE_MS = 1000;
const ALIVE = 0.5;
const NUDGE = 0.1;
const NUDGES = 3;
// What lies ahead is worth a nudge only if there is more of it than the nudge skips.
const ENOUGH = 0.3;
const START_GAP = 2;
// Most browsers step over a gap at the start by themselves, and WebKitGTK 2.50 hangs for ever when it is made to while it sets up
// its decoders.
const START_PATIENCE_MS = 250;
const SMALL_HOLE = 0.5;
const NEAR_END = 0.5;
// What comes next begins a little behind the end of a range, or a little before.
const NEXT = 0.1;

/**
 * Watches one media element. check() wants {now (ms), time, paused, seeking, ended, sourceEnded, duration,
 * buffered (list), received (a function: whether the film at a time has come)} and answers null, {move: time} to set
 * the playhead there, {seek: time} to ask the server anew, or {spoilt: true} where what came twice is not in the buffer, or
 * is and a seek into it hangs.
 */
export class StallWatch {
  #time = NaN;
  #since = 0;
  #gapSince = null; // the film is to begin before what is buffered does
  #nudges = 0;
  #nudgedTo = NaN;
  #askedAt = NaN; // where a hole was asked for
  #lacked = true; // there was not enough film at hand
  #hungAt = NaN; // a seek there was done anew, the film asked for with it, and has not ended since

  check(state) {
    if (state.time !== this.#time) {
      // A nudge moves the playhead too; only going on from there counts as life.
      if (!(Math.abs(state.time - this.#nudgedTo) <= ALIVE)) this.#nudges = 0;
      this.#time = state.time;
      this.#since = state.now;
    }
    if (!state.seeking) this.#hungAt = NaN;
    const lacks = aheadOf(state.buffered, state.time) <= ENOUGH;
    // The browser begins only now.
    if (this.#lacked && !lacks) this.#since = state.now;
    this.#lacked = lacks;
    if (state.ended || (state.paused && !state.seeking)) {
      this.#since = state.now;
      return null;
    }
    return this.#startGap(state) ?? this.#frozen(state);
  }

  #startGap({ now, time, seeking, buffered }) {
    const first = buffered[0];
    if (!first || time >= first.start || first.start - time > START_GAP) {
      this.#gapSince = null;
      return null;
    }
    this.#gapSince ??= now;
    if (!seeking && now - this.#gapSince < START_PATIENCE_MS) return null;
    // The decoder may give out its first frame a hair after the start of the range.
    return { move: first.start + 0.001 };
  }

  #frozen({ now, time, seeking, buffered, sourceEnded, duration, received }) {
    if (now - this.#since < FROZEN_MS) return null;
    if (sourceEnded && duration - time < NEAR_END) return this.#wait(now, { move: duration });
    if (!this.#lacked) return this.#stuck(now, time, seeking);
    const here = rangeAt(buffered, time);
    // At the end of a range the playhead stands a frame before it.
    const edge = here ? here.end : time;
    const asked = Math.abs(this.#askedAt - edge) < NEXT;
    const hole = rangeAfter(buffered, edge);
    // Where asking anew brought nothing the film itself has a hole.
    if (hole && (asked || hole.start - edge <= SMALL_HOLE)) return this.#wait(now, { move: hole.start });
    // What was received and is gone was thrown away, by the browser or with what lies behind it.
    if (!hole && !received?.(here ? edge + NEXT : edge)) return null;
    // Firefox says nothing of what it cannot read. The end of a film that grows may be ahead of one of its tracks.
    if (asked) return duration < Infinity ? this.#wait(now, { spoilt: true }) : null;
    this.#askedAt = edge;
    return this.#wait(now, { seek: time });
  }

  /** With film at hand. */
  #stuck(now, time, seeking) {
    const hung = Math.abs(this.#hungAt - time) <= ALIVE;
    const nudges = hung ? NUDGES : this.#nudges;
    if (now - this.#since < PATIENCE_MS + nudges * MORE_PATIENCE_MS) return null;
    // WebKitGTK 2.50 never ends a seek into some groups of pictures.
    if (hung) return this.#wait(now, { spoilt: true });
    if (this.#nudges++ < NUDGES) {
      this.#nudgedTo = time + NUDGE;
      return this.#wait(now, { move: this.#nudgedTo });
    }
    this.#nudges = 0;
    if (seeking) this.#hungAt = time;
    this.#lacked = true;
    return this.#wait(now, { seek: time });
  }

  #wait(now, action) {
    this.#since = now;
    return action;
  }
}
