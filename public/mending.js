// Mends what goes wrong while a film plays: it stands still, nothing comes, or the browser fails at it.

import { clockTime } from './format.js';
import { aheadOf } from './ranges.js';
import { SilenceWatch } from './silence.js';
import { StallWatch } from './stall.js';

// What fails again so close to where it failed before, in seconds, fails for good.
const APART = 10;
// What was appended may be in the buffer a moment later.
const UNREADABLE_MS = 1000;

// What an append is refused for lies in the film. Where something else fails the bytes are as good as before, the buffer may not be.
const SENTENCES = {
  decode: (place) => `This browser cannot decode the film at ${place}.`,
  buffer: (place) => `This browser’s buffer of the film failed at ${place}.`,
};

/**
 * Looks after the media element `video`, which `intake` feeds with what `requests` asked for over `connection`. It moves the
 * playhead, asks anew, and calls, where that is not enough:
 *   report()            the server is to be told at once where the playhead is
 *   reconnect()         the connection is dead
 *   rebuild()           a new source may help
 *   trouble(sentence)   nothing comes; "" takes it back
 *   failed(sentence, sound)  nothing helps; `sound` are track ids that would still play, or []
 */
export class Mending {
  #video;
  #intake;
  #requests;
  #connection;
  #live;
  #on;
  #stall = new StallWatch();
  #silence = new SilenceWatch(Date.now());
  #unreadableSince = null;
  #failures = new Map(); // by what fails: where in the film it did last

  constructor({ video, intake, requests, connection, live }, on) {
    this.#video = video;
    this.#intake = intake;
    this.#requests = requests;
    this.#connection = connection;
    this.#live = live;
    this.#on = on;
  }

  /** A new connection is made. */
  connecting(now) {
    this.#silence.connecting(now);
  }

  /** Something came, of so many bytes. */
  heard(now, bytes) {
    if (this.#silence.heard(now, bytes)) this.#on.trouble('');
  }

  /** Looks after things; call it a few times a second. `buffered` is a list of ranges. */
  tick(now, buffered) {
    if (this.#silence.woke(now, Date.now())) this.#on.report();
    this.#mendUnreadable(now);
    this.#mendStall(now, buffered);
    this.#mendSilence(now, buffered);
  }

  /** Whether the film stands or not: its sound alone may play, without a picture. */
  #mendUnreadable(now) {
    // What comes next of a live stream may be whole again.
    const found = this.#live || this.#requests.pending ? null : this.#intake.unreadable;
    this.#unreadableSince = found && (this.#unreadableSince ?? now);
    if (!found || now - this.#unreadableSince < UNREADABLE_MS) return;
    this.#unreadableSince = null;
    this.#mendFailure('decode', found);
  }

  #mendStall(now, buffered) {
    if (!this.#intake.fed || this.#requests.pending) return;
    if (this.#video.readyState === 0) return;
    const { currentTime: time, paused, seeking, ended, duration } = this.#video;
    const received = (at) => this.#intake.received(at);
    const action = this.#stall.check({ now, time, paused, seeking, ended, duration, buffered, received, sourceEnded: this.#intake.ended });
    if (action?.move !== undefined) this.#video.currentTime = action.move;
    if (action?.spoilt) this.onDecodeError();
    // What is to come of a live stream comes by itself.
    if (action?.seek !== undefined && !this.#live) this.#requests.seek(action.seek);
  }

  #mendSilence(now, buffered) {
    const { paused, seeking, currentTime } = this.#video;
    const ahead = aheadOf(buffered, currentTime);
    const more = !this.#intake.allSent && !this.#intake.full;
    // What grows may have nothing new to send.
    const steady = !this.#live && !this.#intake.film?.growing;
    const action = this.#silence.check({ now, paused, seeking, ahead, more, steady, listens: this.#connection.listens });
    if (action?.tell) this.#on.trouble('Nothing comes from the server. Waiting …');
    if (action?.dead) this.#on.reconnect();
  }

  onDecodeError() {
    this.#mendFailure('decode', { detail: this.#video.error?.message });
  }

  /** Something else than an append failed. */
  onBufferError(error) {
    this.#mendFailure('buffer', { detail: error.message });
  }

  #mendFailure(kind, { detail = '', place = this.#requests.wanted ?? this.#video.currentTime, sound = [] }) {
    const before = this.#failures.get(kind) ?? -Infinity;
    this.#failures.set(kind, place);
    if (Math.abs(place - before) >= APART) this.#on.rebuild();
    else this.#on.failed(`${SENTENCES[kind](clockTime(place))}${detail ? ` It says: ${detail}` : ''}`, sound);
  }
}
