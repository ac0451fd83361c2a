// What goes into a MediaSource and out of it: no other module touches one.

import { BufferQueue } from './buffer-queue.js';
import { attachMedia, isManaged } from './media-source.js';
import { aheadOf, lastEnd, toList } from './ranges.js';

const KEEP_BEHIND = 30;
const KEEP_BEHIND_LEAST = 1;
// How long the sound before plays on, in seconds, when another was chosen.
const CHANGEOVER = 0.5;
// Evicting a little each second would cost more than it frees.
const EVICT_AT_ONCE = 5;

/**
 * A MediaSource with one buffer per stream, attached to a media element.
 *
 * It can be fed before the browser has opened it. `failed(error, kind)` is called when an operation of a buffer fails:
 * `kind` is "append" when it refuses bytes (the media element then has an `error` event as well, as a rule), else what
 * could not be done with it ("remove", "abort", "changeType"), which is no fault of the film.
 */
export class Source {
  #video;
  #media;
  #url;
  #failed;
  #streams = new Map();
  #duration = null;
  #ending = false;
  #keepBehind = KEEP_BEHIND;
  #evictionHurt = false;
  quotaErrors = 0;

  /** `attached`, as attachMedia() answers it, may have been there before. */
  constructor(video, failed, { media, url } = attachMedia(video)) {
    this.#video = video;
    this.#failed = failed;
    this.#media = media;
    this.#url = url;
    media.addEventListener('sourceopen', this.#onOpen, { once: true });
    if (isManaged) this.#obeyBrowser();
  }

  /** Sets the streams, [{id, mime}], and the duration in seconds (null: without end). Call it once. */
  open(streams, duration) {
    this.#duration = duration ?? Infinity;
    for (const { id, mime } of streams) {
      const stream = { mime, starts: [], queue: null, begun: false, head: null };
      stream.queue = new BufferQueue({
        evict: () => this.#makeRoom(stream),
        changed: () => this.#settle(),
        failed: (error, kind) => this.#failed(error, kind),
      });
      this.#streams.set(id, stream);
    }
    if (this.#media.readyState === 'open') this.#attach();
  }

  /** Whether the streams are those this source was opened with, so that it can go on with them. */
  matches(streams) {
    return streams.length === this.#streams.size && streams.every(({ id }) => this.#streams.has(id));
  }

  /** Resolves to true when the bytes are in the buffer, to false when they were thrown away. */
  append(id, bytes) {
    this.#ending = false;
    const stream = this.#streams.get(id);
    const { head } = stream;
    stream.head = null;
    stream.begun = true;
    return stream.queue.append(head ? joined(head, bytes) : bytes);
  }

  /** Whether anything of a stream is in its buffer. */
  holds(id) {
    const buffer = this.#streams.get(id)?.queue.buffer;
    // Of one that was closed the buffers answer nothing (MSE: InvalidStateError).
    return this.#media.readyState !== 'closed' && buffer?.buffered.length > 0;
  }

  /**
   * The first init segment of a stream sets up the decoder, and is appended at once. A later one waits for what follows
   * it, to be one append with that.
   */
  async appendInit(id, bytes) {
    const stream = this.#streams.get(id);
    if (!stream.begun) return this.append(id, bytes);
    stream.head = stream.head ? joined(stream.head, bytes) : bytes;
    return true;
  }

  /** Remembers where a segment begins: only there, and only at key frames, can the past be cut away harmlessly. */
  noteSegment(id, start, sync) {
    if (sync) this.#streams.get(id).starts.push(start);
  }

  /**
   * A stream starts anew: what is queued is thrown away, and what is buffered from `from` on is removed.
   * Throws when the MIME type changed and the browser cannot follow.
   */
  restart(id, from, mime) {
    const stream = this.#streams.get(id);
    this.#ending = false;
    this.#reopen(stream.queue.buffer);
    stream.starts = stream.starts.filter((start) => start < from);
    stream.head = null;
    stream.queue.reset();
    changeType(stream, mime);
    stream.queue.remove(from, Infinity);
  }

  /**
   * WebKitGTK 2.50 goes nowhere after a removal from a source that has ended, though that reopens it. Being written to
   * reopens it as well (MSE, 3.1: timestampOffset).
   */
  #reopen(buffer) {
    if (this.ended) buffer.timestampOffset = 0;
  }

  /**
   * Another track takes the place of a stream's: what is queued is thrown away, what is buffered stays and is
   * overwritten. Throws as restart() does. What plays now is never overwritten, or playback would stand still until the
   * decoder has the other: answers the time, a little ahead, from which the other is taken; 0 where there is no need.
   */
  replace(id, mime) {
    const stream = this.#streams.get(id);
    this.#ending = false;
    this.#reopen(stream.queue.buffer);
    stream.starts = [];
    stream.head = null;
    stream.queue.reset();
    changeType(stream, mime);
    const from = this.#changeover(stream.queue.buffer);
    if (from > 0) stream.queue.takeFrom(from);
    return from;
  }

  #changeover(buffer) {
    const { currentTime, playbackRate, paused } = this.#video;
    const margin = CHANGEOVER * Math.max(1, playbackRate);
    return !paused && buffer && aheadOf(toList(buffer.buffered), currentTime) > 2 * margin ? currentTime + margin : 0;
  }

  /** Removes what is buffered outside of from..to seconds, behind all that was appended so far. */
  keepOnly(id, from, to) {
    const { queue } = this.#streams.get(id);
    this.#reopen(queue.buffer);
    if (from > 0) queue.remove(0, from);
    if (to < this.#media.duration) queue.remove(to, Infinity);
  }

  setDuration(seconds) {
    this.#duration = seconds ?? Infinity;
    this.#settle();
  }

  /** Says what can be sought of a stream without end, [from, to] in seconds, besides what is buffered. */
  setWindow([from, to]) {
    if (this.#media.readyState === 'open') this.#media.setLiveSeekableRange?.(from, Math.max(from, to));
  }

  /** All was sent: the film ends where the buffer ends, as soon as the queues are empty. */
  end() {
    this.#ending = true;
    this.#settle();
  }

  get ended() {
    return this.#media.readyState === 'ended';
  }

  /** The media element has left it. */
  get lost() {
    return this.#media.readyState === 'closed' && [...this.#streams.values()].some(({ queue }) => queue.buffer);
  }

  get full() {
    return [...this.#streams.values()].some(({ queue }) => queue.full);
  }

  get keepBehind() {
    return this.#keepBehind;
  }

  /** Frees what lies far behind the playhead, and tries again what did not fit. Call it now and then. */
  tidy() {
    const time = this.#video.currentTime;
    for (const stream of this.#streams.values()) {
      stream.queue.retry();
      if (this.#evictionHurt || !stream.queue.empty || !stream.queue.buffer) continue;
      const first = toList(stream.queue.buffer.buffered)[0];
      const cut = this.#cutBefore(stream, time - this.#keepBehind);
      if (first && cut !== null && cut - first.start >= EVICT_AT_ONCE) this.#evict(stream, cut);
    }
  }

  destroy() {
    for (const { queue } of this.#streams.values()) queue.close();
    this.#streams.clear();
    this.#media.removeEventListener('sourceopen', this.#onOpen);
    const revoke = () => URL.revokeObjectURL(this.#url);
    // Chromium complains in its console when the element has not come round to opening it.
    if (this.#media.readyState === 'closed') this.#media.addEventListener('sourceopen', revoke, { once: true });
    else revoke();
  }

  #onOpen = () => {
    if (this.#streams.size > 0) this.#attach();
  };

  #attach() {
    // The source is open some time before its event is handled: both lead here. A second buffer would wait for an
    // init segment for ever, and the element with it.
    if (this.#media.sourceBuffers.length > 0) return;
    // All buffers before the first append: adding one later is refused by some browsers.
    const attached = [...this.#streams.values()].map((stream) => [stream.queue, this.#media.addSourceBuffer(stream.mime)]);
    this.#settle();
    for (const [queue, buffer] of attached) queue.attach(buffer);
  }

  #settle() {
    const queues = [...this.#streams.values()].map(({ queue }) => queue);
    if (this.#media.readyState !== 'open' || !queues.every((queue) => queue.atRest)) return;
    if (this.#duration !== null) {
      const buffered = [...this.#media.sourceBuffers].map((buffer) => lastEnd(toList(buffer.buffered)));
      this.#writeDuration(Math.max(this.#duration, ...buffered));
      this.#duration = null;
    }
    if (this.#ending && queues.every((queue) => queue.empty)) this.#media.endOfStream();
  }

  #writeDuration(seconds) {
    try {
      this.#media.duration = seconds;
    } catch (error) {
      // One track of a muxed buffer may reach further than `buffered` shows. endOfStream() will set it right.
      if (error.name !== 'InvalidStateError') throw error;
    }
  }

  async #evict(stream, cut) {
    const time = this.#video.currentTime;
    if (!(await stream.queue.remove(0, cut))) return;
    const left = stream.queue.buffer && toList(stream.queue.buffer.buffered)[0];
    // MSE removes up to the next key frame after the cut, which may lie beyond the playhead. Once is bad luck.
    if (!left || left.start > time) this.#evictionHurt = true;
    else stream.starts = stream.starts.filter((start) => start >= cut);
  }

  #makeRoom(stream) {
    this.quotaErrors++;
    const first = toList(stream.queue.buffer.buffered)[0];
    if (!first) return null;
    for (;;) {
      const cut = this.#cutBefore(stream, this.#video.currentTime - this.#keepBehind);
      if (cut !== null && cut > first.start + 0.01) return cut;
      if (this.#keepBehind <= KEEP_BEHIND_LEAST) return null;
      this.#keepBehind = Math.max(KEEP_BEHIND_LEAST, this.#keepBehind / 2);
    }
  }

  #cutBefore(stream, time) {
    return stream.starts.reduce((best, start) => (start <= time && (best === null || start > best) ? start : best), null);
  }

  #obeyBrowser() {
    const hold = (held) => {
      for (const { queue } of this.#streams.values()) queue.hold(held);
    };
    this.#media.addEventListener('startstreaming', () => hold(false));
    this.#media.addEventListener('endstreaming', () => hold(true));
  }
}

function changeType(stream, mime) {
  if (!mime || mime === stream.mime) return;
  if (stream.queue.buffer && !stream.queue.buffer.changeType) throw new Error('This browser has no changeType.');
  // What is queued may be thrown away before it is done.
  stream.queue.changeType(mime).then((done) => {
    if (done) stream.mime = mime;
  });
}

function joined(...buffers) {
  const all = new Uint8Array(buffers.reduce((size, { byteLength }) => size + byteLength, 0));
  let at = 0;
  for (const buffer of buffers) {
    all.set(new Uint8Array(buffer), at);
    at += buffer.byteLength;
  }
  return all;
}
