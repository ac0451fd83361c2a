// What the server is told of how the film plays, so that it sends what is needed, and no more.

import { pauseMessage, playMessage, reportMessage } from './messages.js';
import { aheadOf, toList } from './ranges.js';

const REPORT_MS = 1000;
const REPORT_BYTES = 1 << 20;
// Nothing is told while a picture is awaited, for so long at the most.
const AWAITED_MS = 500;

/** Tells over `connection` of a media element, and counts the bytes that come. */
export class Reports {
  #video;
  #connection;
  #now;
  #link = newLink();
  #clock = ''; // what the server was told last: "pause" or "play <rate>"
  #reportedAt = 0;
  #awaitedUntil = -Infinity;
  #totalBytes = 0;

  constructor(video, connection, now) {
    this.#video = video;
    this.#connection = connection;
    this.#now = now;
  }

  /** A new connection is made, on which bytes count from 0. It is to be told whether the film plays. */
  connecting() {
    this.#link = newLink();
    this.#clock = '';
  }

  /** The present connection, to count() with. */
  get link() {
    return this.#link;
  }

  /** Bytes taken in or thrown away, on the present connection. */
  get bytes() {
    return this.#link.bytes;
  }

  /** And on all of them. */
  get totalBytes() {
    return this.#totalBytes;
  }

  /** Counts bytes that came on a link; answers whether the server should be told. */
  count(link, bytes) {
    this.#totalBytes += bytes;
    link.bytes += bytes;
    return link === this.#link && link.bytes - link.reported >= REPORT_BYTES;
  }

  /** The last report is some time ago. */
  get due() {
    return this.#now() - this.#reportedAt >= REPORT_MS;
  }

  /** The picture of another place is awaited. What a report would bring keeps the processor from decoding it. */
  awaitPicture() {
    this.#awaitedUntil = this.#now() + AWAITED_MS;
  }

  /** It is there. */
  pictureSeen() {
    this.#awaitedUntil = -Infinity;
  }

  /** Tells where the playhead is, how much is buffered, and what was taken in. */
  report(epoch) {
    if (this.#now() < this.#awaitedUntil) return;
    const time = this.#video.currentTime;
    const ahead = aheadOf(toList(this.#video.buffered), time);
    if (!this.#connection.send(reportMessage(epoch, time, ahead, this.#link.bytes))) return;
    this.#reportedAt = this.#now();
    this.#link.reported = this.#link.bytes;
  }

  /** Tells whether the film plays, and how fast, unless the server knows. */
  tellClock() {
    const { paused, playbackRate } = this.#video;
    const clock = paused ? 'pause' : `play ${playbackRate}`;
    if (clock === this.#clock) return;
    if (this.#connection.send(paused ? pauseMessage() : playMessage(playbackRate))) this.#clock = clock;
  }
}

const newLink = () => ({ bytes: 0, reported: 0 });
