// What the server sends of a film goes into the source.

import { beginsWithSync } from './moof.js';
import { rangeAt, toList } from './ranges.js';
import { SegmentLog } from './segment-log.js';

// How much of another track must be at hand before the rest of the one before is thrown away.
const REPLACED = 1;
// So many whole segments with nothing to show for it are no accident.
const UNREAD = 3;

/**
 * Feeds one media element by a source, as the server's messages say. What a source cannot do, which open() and restart() answer
 * by false, a new one can: then renew() it, and connect anew.
 */
export class Intake {
  #video;
  #streams;
  #makeSource;
  #source = null;
  #log = new SegmentLog();
  #connections = 0;
  #film = null;
  #epoch = 0;
  #fed = false; // media of the newest epoch is in the buffer
  #emptied = false; // the buffers are, for what a seek asked for, which has not come
  #allSent = false;

  /** `streams` (Streams) are kept up to date here. */
  constructor(video, streams, makeSource) {
    this.#video = video;
    this.#streams = streams;
    this.#makeSource = makeSource;
  }

  /** A source without anything in it takes the place of the one there is, if any. */
  renew() {
    this.#log.clear();
    this.#source?.destroy();
    this.#streams.clear();
    this.#fed = this.#allSent = false;
    this.#source = this.#makeSource();
  }

  destroy() {
    this.#source?.destroy();
  }

  /** How many `open` messages were taken. */
  get connections() {
    return this.#connections;
  }

  /** The newest `open` message that was taken, or null. */
  get film() {
    return this.#film;
  }

  get epoch() {
    return this.#epoch;
  }

  get fed() {
    return this.#fed;
  }

  get emptied() {
    return this.#emptied;
  }

  get allSent() {
    return this.#allSent;
  }

  /** The film ends where the buffer does. */
  get ended() {
    return this.#source.ended;
  }

  /** The browser has taken the source away. */
  get lost() {
    return this.#source.lost;
  }

  /** Nothing more fits, for now. */
  get full() {
    return this.#source.full;
  }

  get stats() {
    return {
      epoch: this.#epoch,
      etag: this.#film?.etag ?? null,
      streams: [...this.#streams].map(({ id, mime, tracks }) => ({ id, mime, tracks })),
      connections: this.#connections,
      segmentCount: this.#log.count,
      segments: this.#log.entries,
      quotaErrors: this.#source?.quotaErrors ?? 0,
      keepBehind: this.#source?.keepBehind ?? 0,
      allSent: this.#allSent,
    };
  }

  /** Takes an `open` message; `resumed` when the server was asked for the very segments that are next. */
  open(open, resumed) {
    this.#connections++;
    this.#epoch = open.epoch;
    this.#allSent = this.#emptied = false;
    if (this.#streams.size === 0) {
      this.#source.open(open.streams, open.duration);
      this.#streams.set(open.streams, open.epoch);
    } else if (!this.#goOn(open, resumed)) return false;
    this.#film = open;
    return true;
  }

  /** After a reconnection: true when the source can go on with the streams offered. */
  #goOn(open, resumed) {
    if (open.etag !== this.#film.etag || !this.#source.matches(open.streams)) return false;
    this.#source.setDuration(open.duration);
    if (!resumed) return open.streams.every((stream) => this.#restartStream(stream, open.epoch, 0));
    for (const stream of open.streams) this.#streams.resume(stream, open.epoch);
    return true;
  }

  /** Takes what a `data` message announced: a promise of whether media came into the buffer; null where it belongs to what was left. */
  take(data, bytes) {
    const stream = this.#emptied ? null : this.#streams.take(data);
    if (!stream) return null;
    const media = data.kind === 'media';
    if (media) stream.sync = beginsWithSync(bytes) ?? stream.sync;
    if (media && data.last) this.#source.noteSegment(data.stream, data.start, stream.sync !== false);
    // Before the first picture that decoding can begin with there need be nothing to show.
    const readable = media && stream.sync !== false;
    const connection = this.#connections;
    const fresh = this.#streams.fresh(data, bytes);
    const appending = fresh ? this.#append(data, fresh) : Promise.resolve(true);
    if (media && data.last) this.#finishReplacing(stream);
    return appending.then((appended) => {
      if (!appended || !media) return false;
      if (data.epoch === this.#epoch) this.#fed = true;
      if (readable) this.#streams.appended(data, this.#source.holds(data.stream));
      if (data.last) this.#log.add({ stream: data.stream, seq: data.seq, epoch: data.epoch, connection, start: data.start, end: data.end });
      return true;
    });
  }

  #append({ stream, kind }, bytes) {
    return kind === 'media' ? this.#source.append(stream, bytes) : this.#source.appendInit(stream, bytes);
  }

  /** Takes a `duration` message. */
  setDuration({ duration, window }) {
    if (window) this.#source.setWindow(window);
    this.#source.setDuration(duration);
  }

  /**
   * Takes an `epoch` message; `replaces` when it answers a request for other tracks, `awaited` while another request is
   * unanswered.
   */
  restart({ epoch, req, from, streams }, { replaces, awaited }) {
    this.#epoch = epoch;
    this.#allSent = false;
    // A picture or a sound more, or less, than there were.
    if (!req && streams.length !== this.#streams.size) return false;
    this.#emptied &&= awaited;
    return streams.every((stream) => {
      if (!this.#streams.get(stream.id)) return false;
      if (replaces) return this.#replaceStream(stream, epoch);
      // A seek begins with an empty buffer, so that what is buffered is always one stretch that the server goes on
      // filling. A break of the source leaves what lies before it.
      return this.#restartStream(stream, epoch, req ? 0 : from);
    });
  }

  #restartStream(stream, epoch, from) {
    this.#streams.restart(stream, epoch);
    this.#fed = false;
    return isDone(() => this.#source.restart(stream.id, from, stream.mime));
  }

  /** Another track: what is buffered of the one before plays on until the new one is there. */
  #replaceStream(stream, epoch) {
    this.#streams.restart(stream, epoch, true);
    return isDone(() => {
      this.#streams.get(stream.id).replacing.from = this.#source.replace(stream.id, stream.mime);
    });
  }

  /** Empties the buffers for what the server was asked for, which takes the time that the answer takes. */
  empty() {
    this.#emptied = true;
    this.#fed = this.#allSent = false;
    for (const { id } of this.#streams) this.#source.restart(id, 0);
  }

  /** Takes an `end` message. */
  end({ epoch }) {
    if (epoch !== this.#epoch || this.#emptied) return;
    this.#allSent = true;
    this.finishReplacing();
    this.#source.end();
  }

  /** Throws away what is left of tracks that others took the place of, as far as that may be. Call it now and then, as tidy(). */
  finishReplacing() {
    for (const stream of this.#streams) this.#finishReplacing(stream);
  }

  /** The playhead must be past the track before, and enough of the new one in line. */
  #finishReplacing(stream) {
    const { replacing } = stream;
    if (!replacing || replacing.until === null) return;
    const { currentTime, playbackRate } = this.#video;
    if (currentTime < replacing.from) return;
    if (!this.#allSent && replacing.until < currentTime + REPLACED * Math.max(1, playbackRate)) return;
    stream.replacing = null;
    this.#source.keepOnly(stream.id, Math.max(replacing.from, replacing.since), replacing.until);
  }

  tidy() {
    this.#source.tidy();
  }

  /** Whether the film can be played from `time` on with what is here. */
  reaches(time) {
    if (!this.#fed || this.#streams.replacing) return false;
    const buffered = toList(this.#video.buffered);
    if (rangeAt(buffered, time)) return true;
    return this.#source.ended && buffered.length > 0 && time >= buffered[buffered.length - 1].start;
  }

  /**
   * A stream of which whole segments came, all or several, and nothing at all is in the buffer, as Firefox does with what it cannot
   * read: {place (where it begins, in seconds), sound (ids of the sounds that come beside it)}; null where there is none.
   */
  get unreadable() {
    const enough = this.#allSent ? 1 : UNREAD;
    const stream = [...this.#streams].find(({ unread }) => unread && unread.count >= enough);
    if (!stream) return null;
    const isSound = (track) => this.#film.tracks.find(({ id }) => id === track)?.kind === 'audio';
    return { place: stream.unread.start, sound: this.#streams.tracks.filter((track) => !stream.tracks.includes(track) && isSound(track)) };
  }

  /** Whether all streams had what is due at a time, so that it must have been in the buffer. */
  received(time) {
    return this.#log.covers(this.#streams, time);
  }
}

function isDone(change) {
  try {
    change();
    return true;
  } catch {
    return false;
  }
}
