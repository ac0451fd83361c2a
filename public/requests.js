// What the server is asked for while a film plays: places in it, and tracks.

import { openingQuery, seekMessage, tracksMessage } from './messages.js';

const SEEK_PAUSE_MS = 200;
const SAME_PLACE = 0.01;

/**
 * Requests are numbered; each is answered once, and a newer one supersedes those before. Where there is nobody to ask, a
 * connection is made, which asks by its query. Places are in seconds.
 */
export class Requests {
  #connection;
  #sought;
  #now;
  #sent = 0;
  #answered = 0;
  #tracksReq = 0; // the newest request for other tracks
  #timer = null;
  #seekSentAt = -Infinity;

  #wanted;
  #asked = null; // what was wanted when the newest connection was made
  #served = null; // the place that the server is known to have begun at
  #resumed = false; // the newest connection was asked for the very segments that are next
  #stands = false; // and answered

  /**
   * `sought()` is called when a seek was sent, and answers whether what came before is given up; `wanted` is the place to begin
   * at, or null.
   */
  constructor(connection, { wanted = null, sought, now }) {
    this.#connection = connection;
    this.#wanted = wanted;
    this.#sought = sought;
    this.#now = now;
  }

  /** The place that the film was asked for from, until that is buffered; else null. */
  get wanted() {
    return this.#wanted;
  }

  /** Whether it is that place, or as good as. */
  isWanted(place) {
    return this.#wanted !== null && Math.abs(this.#wanted - place) < SAME_PLACE;
  }

  /** A new connection is to begin at a place. */
  want(place) {
    this.#wanted = place;
  }

  /** So it is, or with null where the server likes, unless another place is wanted. */
  stay(place) {
    this.#wanted ??= place;
  }

  /** The film plays on from what is buffered. */
  arrive() {
    // What is there now may be gone when the viewer comes back to the same place.
    this.#wanted = this.#served = null;
  }

  /** A request was sent, and not answered. */
  get unanswered() {
    return this.#answered < this.#sent;
  }

  /** So it is, or one is to be sent. */
  get pending() {
    return this.#timer !== null || this.unanswered;
  }

  /**
   * A new connection is made: answers its query. Where the server is known to have begun at the place wanted it asks for the
   * very segments that are next, `seqs` (null where they are not known) of the film `etag`; else for a place: the one wanted,
   * or `here`, as stay() takes it. `tracks` are ids, null for the server's choice.
   */
  connecting({ here, seqs, etag, tracks, rate, paused }) {
    const elsewhere = this.pending || (this.#wanted !== null && this.#wanted !== this.#served);
    this.#resumed = seqs !== null && !elsewhere;
    this.#stands = false;
    if (!this.#resumed) this.stay(here);
    this.#asked = this.#wanted;
    return {
      ...openingQuery(this.#wanted ?? here),
      ...(this.#resumed && { seq: seqs.join(','), etag }),
      ...(tracks && { tracks: tracks.join(',') }),
      ...(rate !== 1 && { rate }),
      ...(paused && { paused: 1 }),
    };
  }

  /** It stands: what was asked for before it is answered. */
  connected() {
    this.#stands = true;
    this.#answered = this.#sent;
    this.#served = this.#asked;
  }

  /** The newest connection asks for the segments that are next. */
  get resumed() {
    return this.#resumed;
  }

  /** So it does, and has no answer yet. */
  get resuming() {
    return this.#resumed && !this.#stands;
  }

  /** Asks for the place that is wanted where the viewer went there while the connection was being made. */
  catchUp() {
    if (this.#wanted !== null && this.#wanted !== this.#asked) this.#askSeek();
  }

  /** A request, if there is a number, was answered. */
  settled(req = 0) {
    this.#answered = Math.max(this.#answered, req);
  }

  /** So it was, by an epoch. */
  granted(req = 0) {
    this.settled(req);
    if (!this.pending) this.#served = this.#wanted;
  }

  /** Whether a request is the newest one for other tracks. */
  isForTracks(req = 0) {
    return req > 0 && req === this.#tracksReq;
  }

  /** Asks for other tracks from a place on. */
  tracks(ids, place) {
    if (this.#ask(tracksMessage(this.#sent + 1, ids, place))) this.#tracksReq = this.#sent;
  }

  /** Asks for a place at once. */
  seek(place) {
    this.#wanted = place;
    this.#askSeek();
  }

  /** Asks for a place: the first of a row of seeks goes out at once, the others of the row together. */
  seekSoon(place) {
    this.#wanted = place;
    if (this.#timer !== null) return;
    const wait = Math.max(0, this.#seekSentAt + SEEK_PAUSE_MS - this.#now());
    if (wait === 0) {
      this.#askSeek();
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#askSeek();
    }, wait);
  }

  close() {
    clearTimeout(this.#timer);
  }

  #askSeek() {
    this.#seekSentAt = this.#now();
    if (!this.#ask(seekMessage(this.#sent + 1, this.#wanted))) return;
    if (this.#sought()) this.#served = null;
  }

  #ask(message) {
    if (this.#connection.send(message)) {
      this.#sent++;
      return true;
    }
    if (!this.#connection.alive) this.#connection.start();
    return false;
  }
}
