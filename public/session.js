// The playback logic: what the server sends goes into the source, what the viewer does goes to the server, and what goes wrong
// is mended.

import { Connection } from './connection.js';
import { Intake } from './intake.js';
import { canPlay } from './media-source.js';
import { Mending } from './mending.js';
import { PASSING } from './messages.js';
import { aheadOf, rangeAfter, rangeAt, toList } from './ranges.js';
import { Reports } from './reports.js';
import { Requests } from './requests.js';
import { Source } from './source.js';
import { Streams } from './streams.js';
import { TrackChoice } from './track-choice.js';

const TICK_MS = 250;
const HAVE_CURRENT_DATA = 2; // HTMLMediaElement's
const CONNECT_LATEST_MS = 500;
const TIDY_MS = 1000;
// How far before what is buffered Firefox takes a place for buffered, in seconds (see #onSeeked).
const EARLY = 0.25;

/**
 * Plays one film of the server in one media element.
 *
 * `url(query, route)` gives the URL of the film below a route, "begin" or "ws". The host is told by `on`:
 *   note(sentence)             something is left out; "" takes it back
 *   trouble(sentence)          the connection is broken and being mended; "" when it is
 *   failed({sentence, sound})  playback ended for good; `sound` are track ids that would still play, or []
 *   opened(open)               the server's description of the film
 *   chosen(ids)                these tracks are played, whatever was asked for
 *   refused()                  a promise of a sentence why the server refuses the connection, or of "" (then it is tried on)
 */
export class Session {
  #video;
  #url;
  #on;
  #make;
  #now;
  #connection = null;
  #requests = null;
  #reports = null;
  #intake;
  #streams = new Streams();
  #choice = null;
  #mending = null;
  #early; // asked for before, and what it goes into
  #attached;
  #timer;
  #connectTimer = null;
  #listening = new AbortController();

  #live = false;
  #heardSeeking = null;
  #halted = false; // played, and was paused
  #tooEarly = false; // the browser ended the newest seek before the film there had come, or may have
  #tidiedAt = 0;
  #playedTo = 0; // seconds
  #reconnects = 0;
  #rebuilds = 0;
  #dead = false;

  /** `opened`, as takeOpened() answers it, is what was opened of the film in `video` before. */
  constructor(video, url, on, { make = defaults, opened = null, now = () => performance.now() } = {}) {
    this.#video = video;
    this.#url = url;
    this.#on = on;
    this.#make = make;
    this.#early = opened?.request;
    this.#attached = opened?.attached;
    this.#now = now;
    this.#intake = new Intake(video, this.#streams, () => this.#makeSource());
  }

  /** Begins at `at` seconds. With `tracks` (ids), those only; `soundOnly` when the viewer agreed to miss the picture; `live` for a live stream. */
  start({ at = 0, tracks = null, soundOnly = false, live = false } = {}) {
    this.#live = live;
    this.#choice = new TrackChoice(this.#streams, this.#make.canPlay, { tracks, soundOnly });
    this.#listen();
    this.#intake.renew();
    this.#connection = this.#make.connection((route) => this.#connectionURL(route), {
      message: (message, bytes) => this.#onMessage(message, bytes),
      begun: () => this.#onBegun(),
      closed: (opened) => this.#onClosed(opened),
      shown: () => this.#onShown(),
      broken: (error) => this.#fail(error.message),
    }, this.#early);
    this.#requests = new Requests(this.#connection, {
      wanted: at > 0 && at < Infinity ? at : live ? null : 0,
      sought: () => this.#onSought(),
      now: this.#now,
    });
    this.#reports = new Reports(this.#video, this.#connection, this.#now);
    const parts = { video: this.#video, intake: this.#intake, requests: this.#requests, connection: this.#connection, live };
    this.#mending = new Mending(parts, {
      report: () => this.#report(),
      reconnect: () => this.#reconnect(),
      rebuild: () => this.#rebuild(),
      trouble: (sentence) => this.#on.trouble(sentence),
      failed: (sentence, sound) => this.#fail(sentence, sound),
    });
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    // What is new of a live stream is gone before a beginning of it could be gone on with.
    if (live) this.#connection.start();
    else this.#connection.begin();
  }

  /**
   * Takes the media element's `seeking` event. The session listens itself; who hears of it before those that do much
   * about it, as the controls do, gains by telling what they take.
   */
  onSeeking(event) {
    if (this.#dead || event === this.#heardSeeking) return;
    this.#heardSeeking = event;
    this.#seekTo(this.#video.currentTime);
  }

  /** The ids of the tracks that come, or were chosen and will. */
  get tracks() {
    return this.#choice.tracks;
  }

  /** Plays another audio track from the playhead on; the picture goes on undisturbed. */
  chooseAudio(id) {
    this.#choice.chooseAudio(id, this.#intake.film);
    this.#askTracks();
  }

  /** Safe to call twice. */
  destroy() {
    if (this.#dead) return;
    this.#dead = true;
    clearInterval(this.#timer);
    clearTimeout(this.#connectTimer);
    this.#listening.abort();
    this.#requests?.close();
    this.#connection?.close();
    this.#intake.destroy();
  }

  /**
   * A snapshot in plain values, for tests and the curious. `segments` are those appended whole to the
   * present source, the newest 10,000.
   */
  get stats() {
    return {
      ...this.#intake.stats,
      bytes: this.#reports?.bytes ?? 0,
      totalBytes: this.#reports?.totalBytes ?? 0,
      reconnects: this.#reconnects,
      rebuilds: this.#rebuilds,
      bufferedAhead: aheadOf(toList(this.#video.buffered), this.#video.currentTime),
      droppedFrames: this.#video.getVideoPlaybackQuality?.().droppedVideoFrames ?? 0,
    };
  }

  // ---- from the server

  #onMessage(message, bytes) {
    this.#mending.heard(this.#now(), bytes?.byteLength);
    switch (message.type) {
      case 'open':
        return this.#onOpen(message);
      case 'data':
        return this.#onData(message, bytes);
      case 'epoch':
        return this.#onEpoch(message);
      case 'duration':
        return this.#intake.setDuration(message);
      case 'end':
        return this.#intake.end(message);
      case 'error':
        return this.#onError(message);
    }
  }

  #onOpen(open) {
    const choice = this.#choice.judge(open, this.#requests.wanted ?? this.#video.currentTime);
    if (choice.refuse) return this.#fail(choice.refuse, choice.sound);
    if (choice.tracks) return this.#connection.start();
    this.#on.note(choice.note);
    this.#on.trouble('');

    this.#requests.connected();
    if (!this.#intake.open(open, this.#requests.resumed)) return this.#rebuild();
    this.#on.opened(open);
    this.#reports.tellClock();
    // The viewer went elsewhere, or chose other tracks, while the connection was being made.
    this.#requests.catchUp();
    this.#askTracks();
  }

  #onData(data, bytes) {
    const { link } = this.#reports;
    const taking = this.#intake.take(data, bytes);
    if (!taking) {
      this.#count(link, bytes);
      return;
    }
    if (data.kind === 'media' && data.last) this.#connection.proven();
    taking.then((taken) => {
      this.#count(link, bytes);
      if (taken && !this.#dead) this.#tick();
    });
  }

  #count(link, bytes) {
    if (this.#reports.count(link, bytes.byteLength)) this.#report();
  }

  #onEpoch(message) {
    if (this.#live) this.#on.note('');
    this.#requests.granted(message.req);
    const answered = { replaces: this.#requests.isForTracks(message.req), awaited: this.#requests.unanswered };
    if (!this.#intake.restart(message, answered)) return this.#rebuild();
    if (message.req) this.#awaitPicture(message.epoch);
    // A seek may have come in between.
    this.#askTracks();
  }

  #onError({ code, message, fatal, req }) {
    this.#requests.settled(req);
    if (this.#requests.isForTracks(req)) {
      this.#choice.keep();
      this.#on.chosen(this.#choice.tracks);
    }
    if (!fatal) {
      this.#on.note(message);
      // What came meanwhile is lost.
      if (this.#intake.emptied && !this.#requests.pending) this.#connection.start();
      return;
    }
    if (code === 'file_changed') return this.#rebuild();
    // What cannot be gone on with may well be begun anew.
    if (this.#requests.resuming) return this.#rebuild();
    if (!PASSING.includes(code)) return this.#fail(message);
    this.#on.trouble(message);
    this.#connection.retry();
  }

  // ---- the connection

  /** The first seconds are here. To connect before they are seen would keep the first picture waiting. */
  #onBegun() {
    this.#connectTimer = setTimeout(() => this.#connect(), CONNECT_LATEST_MS);
    if (this.#streams.size === 0 || this.#video.readyState >= HAVE_CURRENT_DATA) this.#connect();
  }

  #connect() {
    if (this.#connectTimer === null) return;
    clearTimeout(this.#connectTimer);
    this.#connectTimer = null;
    // A seek may have done so.
    if (this.#connection.alive) return;
    try {
      this.#connection.start();
    } catch (error) {
      this.#fail(`The browser refuses to connect to the server. It says: ${error.message}`);
    }
  }

  #connectionURL(route) {
    const { paused, playbackRate: rate } = this.#video;
    this.#reports.connecting();
    this.#mending.connecting(this.#now());
    const query = this.#requests.connecting({
      here: this.#here,
      seqs: this.#choice.settled ? this.#streams.seqs : null,
      etag: this.#intake.film?.etag,
      tracks: this.#choice.chosen,
      rate,
      // At the very start it is not yet known whether the browser will let it play.
      paused: paused && this.#intake.connections > 0,
    });
    return this.#url(query, route);
  }

  /** Where what begins anew does so, in seconds; null for a live stream: what is new of it is where the server begins. */
  get #here() {
    return this.#live ? null : this.#video.currentTime;
  }

  #onClosed(opened) {
    if (this.#dead) return false;
    // After the end the server may leave; the next seek connects anew.
    if (this.#intake.allSent) return false;
    this.#reconnects++;
    if (!opened) this.#askWhy();
    return true;
  }

  /** WebKit keeps a page that was left, but not what its films were played from, nor where they were. */
  #onShown() {
    if (this.#dead || !this.#intake.lost) return false;
    if (!this.#live) this.#requests.want(this.#playedTo);
    this.#rebuild();
    return true;
  }

  async #askWhy() {
    this.#on.trouble('The connection is lost. Trying again …');
    const sentence = await this.#on.refused();
    if (sentence && !this.#dead) this.#fail(sentence);
  }

  // ---- to the server

  #seekTo(time) {
    this.#tooEarly = false;
    if (!this.#requests.pending && this.#intake.reaches(time)) {
      this.#requests.arrive();
      this.#report();
      return;
    }
    this.#tooEarly = rangeAfter(toList(this.#video.buffered), time)?.start - time <= EARLY;
    if (!this.#requests.isWanted(time) && !this.#followTracks(time)) this.#requests.seekSoon(time);
  }

  #onSought() {
    // What is live may have no answer but that there is none.
    if (this.#live) return false;
    this.#intake.empty();
    return true;
  }

  /**
   * Firefox takes a place up to 0.25 s before what is buffered for buffered, and ends a seek there at once, with the
   * first frame it has. When the film at that place has come, the seek must be done again. It may come before the browser says
   * that the seek has ended.
   */
  #onSeeked() {
    this.#tooEarly = this.#requests.wanted !== null;
    if (!this.#showsFrames) this.#reports.pictureSeen();
  }

  #arrive() {
    this.#requests.arrive();
    if (this.#tooEarly) this.#video.currentTime = this.#video.currentTime;
  }

  /** Goes on with other tracks where one begins or ends; true when it does. Sources can't be given tracks later. */
  #followTracks(time) {
    if (!this.#choice.follow(this.#intake.film, time)) return false;
    this.#requests.want(time);
    this.#rebuild();
    return true;
  }

  #askTracks() {
    // One request supersedes another, and this one is for a stream that stands where the playhead is.
    if (this.#choice.settled || this.#requests.pending || this.#streams.size === 0) return;
    this.#requests.tracks(this.#choice.tracks, this.#video.currentTime);
  }

  /** Where there are no frames to wait for, the end of the seek must do. */
  #awaitPicture(epoch) {
    this.#reports.awaitPicture();
    if (!this.#showsFrames) return;
    this.#video.requestVideoFrameCallback(() => {
      if (epoch !== this.#intake.epoch || this.#dead) return;
      this.#reports.pictureSeen();
      this.#report();
    });
  }

  get #showsFrames() {
    return this.#video.videoWidth > 0 && Boolean(this.#video.requestVideoFrameCallback);
  }

  #report() {
    // While a seek is on its way the playhead stands where the server is not: it would be misled.
    if (this.#intake.connections > 0 && !this.#requests.pending) this.#reports.report(this.#intake.epoch);
  }

  // ---- the media element

  #listen() {
    const on = (name, handler) => this.#video.addEventListener(name, handler, { signal: this.#listening.signal });
    on('seeking', (event) => this.onSeeking(event));
    on('loadedmetadata', () => this.#goToStart());
    on('loadeddata', () => this.#connect());
    on('error', () => this.#video.error && this.#mending.onDecodeError());
    // Timers sleep in background tabs, media events do not.
    on('timeupdate', () => this.#tick());
    for (const name of ['play', 'pause', 'ratechange']) on(name, () => this.#reports.tellClock());
    on('play', () => (this.#halted = false));
    on('pause', () => (this.#halted = true));
    on('seeked', () => this.#onSeeked());
    for (const name of ['playing', 'pause', 'waiting', 'seeked', 'ended', 'ratechange']) on(name, () => this.#report());
  }

  #goToStart() {
    const { wanted } = this.#requests;
    if (wanted > 0) this.#video.currentTime = wanted;
  }

  #tick() {
    if (this.#dead || this.#streams.size === 0) return;
    const now = this.#now();
    const buffered = toList(this.#video.buffered);
    if (buffered.length > 0) this.#playedTo = this.#video.currentTime;
    const { wanted, pending } = this.#requests;
    if (wanted !== null && this.#intake.fed && !pending && rangeAt(buffered, this.#video.currentTime)) this.#arrive();
    this.#reports.tellClock();
    this.#intake.finishReplacing();
    if (this.#reports.due) this.#report();
    // At four times the speed a second is much of what fits.
    if (this.#intake.full || now - this.#tidiedAt >= TIDY_MS) {
      this.#tidiedAt = now;
      this.#intake.tidy();
      if (this.#intake.fed && !this.#requests.pending && this.#followTracks(this.#video.currentTime)) return;
    }
    this.#mending.tick(now, buffered);
  }

  #makeSource() {
    const failed = (error, kind) => (kind === 'append' ? this.#mending.onDecodeError() : this.#mending.onBufferError(error));
    const attached = this.#attached;
    this.#attached = undefined;
    return this.#make.source(this.#video, failed, attached);
  }

  // ---- what goes wrong

  #reconnect() {
    this.#reconnects++;
    this.#connection.start();
  }

  /** A new MediaSource at the same place. */
  #rebuild() {
    if (this.#dead) return;
    this.#rebuilds++;
    this.#requests.stay(this.#here);
    const { paused, playbackRate } = this.#video;
    this.#intake.renew();
    // A new source pauses the element and takes its speed back.
    this.#video.playbackRate = playbackRate;
    if (!paused) this.#video.play().catch(() => {});
    // With the attribute `autoplay` a new source begins by itself, unless it is paused, too.
    else if (this.#halted) this.#video.pause();
    this.#connection.retry();
  }

  #fail(sentence, sound = []) {
    if (this.#dead) return;
    this.destroy();
    this.#on.failed({ sentence, sound });
  }
}

const defaults = {
  source: (video, failed, attached) => new Source(video, failed, attached),
  connection: (url, handlers, early) => new Connection(url, handlers, { early }),
  canPlay,
};
