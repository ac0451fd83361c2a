// Stand-ins for what a browser has and node has not.

import { setMaxListeners } from 'node:events';

// Browsers do not mind how many listeners one AbortSignal ends.
setMaxListeners(50);

export function timeRanges(pairs) {
  return { length: pairs.length, start: (i) => pairs[i][0], end: (i) => pairs[i][1] };
}

function domError(name) {
  return Object.assign(new Error(name), { name });
}

/** A SourceBuffer that obeys the rules of MSE; the test says when an operation is done, by finish(). */
export class FakeSourceBuffer extends EventTarget {
  updating = false;
  log = [];
  /** How many bytes fit; what was appended counts until it is removed. */
  capacity = Infinity;
  held = 0;
  ranges = [];
  parentEnded = false;

  get buffered() {
    return timeRanges(this.ranges);
  }

  appendBuffer(bytes) {
    if (this.updating) throw domError('InvalidStateError');
    if (this.held + bytes.byteLength > this.capacity) throw domError('QuotaExceededError');
    this.held += bytes.byteLength;
    this.#begin('append', `append ${bytes.byteLength}`);
  }

  remove(start, end) {
    if (this.updating) throw domError('InvalidStateError');
    this.held = 0;
    this.#begin('remove', `remove ${start}-${end}`);
  }

  abort() {
    if (this.parentEnded || this.updating === 'remove') throw domError('InvalidStateError');
    this.log.push('abort');
    if (!this.updating) return;
    this.updating = false;
    queueMicrotask(() => this.dispatchEvent(new Event('updateend')));
  }

  changeType(mime) {
    if (this.updating) throw domError('InvalidStateError');
    this.log.push(`changeType ${mime}`);
  }

  finish() {
    if (!this.updating) throw new Error('nothing is under way');
    this.updating = false;
    this.dispatchEvent(new Event('updateend'));
  }

  fail() {
    this.updating = false;
    this.dispatchEvent(new Event('error'));
    this.dispatchEvent(new Event('updateend'));
  }

  #begin(kind, entry) {
    this.updating = kind;
    this.log.push(entry);
  }
}

/** A Source that takes all bytes at once or, with a list as `waiting`, when the test calls what is in it. */
export class FakeSource {
  log = [];
  ended = false;
  lost = false;
  full = false;
  quotaErrors = 0;
  keepBehind = 30;
  waiting = null;

  open(streams, duration) {
    this.ids = streams.map(({ id }) => id);
    this.log.push(`open ${duration}`);
  }

  matches(streams) {
    return streams.map(({ id }) => id).join() === this.ids.join();
  }

  append(id, bytes) {
    this.log.push(`append ${id} ${bytes.byteLength}`);
    return this.waiting ? new Promise((resolve) => this.waiting.push(resolve)) : Promise.resolve(true);
  }

  appendInit(id, bytes) {
    return this.append(id, bytes);
  }

  noteSegment() {}

  holds(id) {
    return !this.unread?.includes(id);
  }

  tidy() {
    this.log.push('tidy');
  }

  restart(id, from) {
    this.log.push(`restart ${id} ${from}`);
  }

  replace(id, mime) {
    this.log.push(`replace ${id} ${mime}`);
    return this.changeover ?? 0;
  }

  keepOnly(id, from, to) {
    this.log.push(`keep ${id} ${from}-${to}`);
  }

  setWindow(window) {
    this.log.push(`window ${window}`);
  }

  setDuration(seconds) {
    this.log.push(`duration ${seconds}`);
  }

  end() {
    this.log.push('end');
  }

  destroy() {
    this.log.push('destroy');
  }
}

/** A media element that does what it is told. */
export class FakeVideo extends EventTarget {
  #time = 0;
  paused = false;
  seeking = false;
  ended = false;
  playbackRate = 1;
  duration = 100;
  readyState = 4;
  error = null;
  ranges = [];

  get buffered() {
    return timeRanges(this.ranges);
  }

  get currentTime() {
    return this.#time;
  }

  set currentTime(time) {
    this.#time = time;
    this.seeking = true;
    this.emit('seeking');
  }

  /** Plays on to `time`, without a seek. */
  goOn(time) {
    this.#time = time;
    this.seeking = false;
    this.emit('timeupdate');
  }

  async play() {
    this.paused = false;
  }

  pause() {
    this.paused = true;
  }

  emit(name) {
    this.dispatchEvent(new Event(name));
  }
}
