// The playback logic: what the server sends goes into the source, what the viewer does goes to the server.

import { Connection } from './connection.js';
import { covering } from './coverage.js';
import { clockTime } from './format.js';
import { openingQuery, pauseMessage, playMessage, reportMessage, seekMessage, tracksMessage } from './messages.js';
import { beginsWithSync } from './moof.js';
import { aheadOf, rangeAt, toList } from './ranges.js';
import { canPlay, Source } from './source.js';
import { StallWatch } from './stall.js';
import { Streams } from './streams.js';
import { chooseTracks } from './tracks.js';

const TICK_MS = 250;
const HAVE_CURRENT_DATA = 2; // HTMLMediaElement's
const CONNECT_LATEST_MS = 500;
const REPORT_MS = 1000;
const REPORT_BYTES = 1 << 20;
const SEEK_PAUSE_MS = 200;
const TIDY_MS = 1000;
// A connection can be dead without having closed. Only the starving notice.
const SILENCE_MS = 20000;
const STARVING = 0.5;
// Who starves for so long is told that nothing comes.
const TOLD_MS = 4000;
// Timers that stood still for so long: the machine slept. What it was connected to may be gone, and says so soon or never.
const SLEPT_MS = 15000;
const SILENCE_AFTER_SLEEP_MS = 3000;
const REBUILD_APART = 10;
// How much of another track must be at hand before the rest of the one before is thrown away.
const REPLACED = 1;
const LOG_LENGTH = 10000;

// Trouble that passes by itself; all else is told to the viewer.
export const PASSING = ['busy', 'rate_limited', 'slow_reader'];

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
  #connection;
  #source = null;
  #watch = new StallWatch();
  #timer;
  #listening = new AbortController();

  #streams = new Streams();
  #etag = null;
  #epoch = 0;
  #tracks = null; // ids that were chosen; null for the server's choice
  #film = null; // the newest `open` message
  #all = null; // ids of all tracks to be played, where some are left out for a while
  #soundOnly = false;
  #live = false;
  #wanted = null; // where the server was asked to begin, until that is buffered
  #wantedBy = null; // what the newest URL asked for
  #tooEarly = false; // the browser ended the newest seek before the film there had come
  #served = null; // the place that the server is known to have begun at
  #req = 0;
  #answered = 0;
  #tracksReq = 0; // the newest request for other tracks
  #seekTimer = null;
  #connectTimer = null;
  #seekSentAt = -Infinity;
  #heardSeeking = null;
  #fed = false; // media of the newest epoch is in the buffer
  #emptied = false; // the buffers are, for what a seek asked for, which has not come
  #allSent = false;
  #dead = false;

  #link = newLink(); // what was counted on this connection
  #clock = ''; // what the server was told last: "pause" or "play <rate>"
  #reportedAt = 0;
  #tidiedAt = 0;
  #heardAt = 0;
  #starvingAt = null; // since when
  #toldSilence = false;
  #tickedAt = Date.now();
  #sleptAt = null; // unless something was heard since
  #rebuiltAt = new Map(); // by what went wrong: the place in the film

  #totalBytes = 0;
  #log = [];
  #whole = 0;
  #connections = 0;
  #reconnects = 0;
  #rebuilds = 0;

  constructor(video, url, on, { make = defaults, now = () => performance.now() } = {}) {
    this.#video = video;
    this.#url = url;
    this.#on = on;
    this.#make = make;
    this.#now = now;
  }

  /** Begins at `at` seconds. With `tracks` (ids), those only; `soundOnly` when the viewer agreed to miss the picture; `live` for a live stream. */
  start({ at = 0, tracks = null, soundOnly = false, live = false } = {}) {
    this.#tracks = tracks;
    this.#soundOnly = soundOnly;
    this.#live = live;
    this.#wanted = at > 0 && at < Infinity ? at : live ? null : 0;
    this.#listen();
    this.#source = this.#makeSource();
    this.#connection = this.#make.connection((route) => this.#connectionURL(route), {
      message: (message, bytes) => this.#onMessage(message, bytes),
      begun: () => this.#onBegun(),
      closed: (opened) => this.#onClosed(opened),
      broken: (error) => this.#fail(error.message),
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
    return this.#tracks ?? this.#streams.tracks;
  }

  /** Plays another audio track from the playhead on; the picture goes on undisturbed. */
  chooseAudio(id) {
    const isAudio = (track) => this.#film?.tracks.find((each) => each.id === track)?.kind === 'audio';
    if (this.#all) this.#all = this.#all.map((track) => (isAudio(track) ? id : track));
    this.#tracks = [...this.#streams.tracks.filter((track) => !isAudio(track)), id];
    this.#askTracks();
  }

  /** Safe to call twice. */
  destroy() {
    if (this.#dead) return;
    this.#dead = true;
    clearInterval(this.#timer);
    clearTimeout(this.#seekTimer);
    clearTimeout(this.#connectTimer);
    this.#listening.abort();
    this.#connection?.close();
    this.#source?.destroy();
  }

  /**
   * A snapshot in plain values, for tests and the curious. `segments` are those appended whole to the
   * present source, the newest 10,000.
   */
  get stats() {
    return {
      epoch: this.#epoch,
      etag: this.#etag,
      bytes: this.#link.bytes,
      totalBytes: this.#totalBytes,
      streams: [...this.#streams].map(({ id, mime, tracks }) => ({ id, mime, tracks })),
      connections: this.#connections,
      reconnects: this.#reconnects,
      rebuilds: this.#rebuilds,
      segmentCount: this.#whole,
      segments: this.#log.map((entry) => ({ ...entry })),
      bufferedAhead: aheadOf(toList(this.#video.buffered), this.#video.currentTime),
      droppedFrames: this.#video.getVideoPlaybackQuality?.().droppedVideoFrames ?? 0,
      quotaErrors: this.#source?.quotaErrors ?? 0,
      keepBehind: this.#source?.keepBehind ?? 0,
      allSent: this.#allSent,
    };
  }

  // ---- from the server

  #onMessage(message, bytes) {
    this.#heardAt = this.#now();
    this.#sleptAt = null;
    if (this.#toldSilence) this.#tellSilence('');
    switch (message.type) {
      case 'open':
        return this.#onOpen(message);
      case 'data':
        return this.#onData(message, bytes);
      case 'epoch':
        return this.#onEpoch(message);
      case 'duration':
        if (message.window) this.#source.setWindow(message.window);
        return this.#source.setDuration(message.duration);
      case 'end':
        return this.#onEnd(message);
      case 'error':
        return this.#onError(message);
    }
  }

  #onOpen(open) {
    const choice = chooseTracks(this.#all ? withTracks(open, this.#tracks) : open, this.#make.canPlay, this.#soundOnly);
    if (choice.refuse) return this.#fail(choice.refuse, choice.sound);
    if (choice.tracks) return this.#chooseAnew(choice.tracks);
    const offered = open.streams.flatMap(({ tracks }) => tracks);
    const due = this.#due(open, this.#wanted ?? this.#video.currentTime, offered);
    if (due.length < offered.length) {
      this.#all ??= offered;
      return this.#chooseAnew(due);
    }
    this.#on.note(choice.note);
    this.#on.trouble('');

    this.#connections++;
    this.#epoch = open.epoch;
    this.#allSent = false;
    this.#answered = this.#req;
    this.#emptied = false;
    this.#served = this.#wantedBy;
    this.#link.opened = true;
    if (this.#streams.size === 0) this.#openSource(open);
    else if (!this.#goOn(open)) return this.#rebuild();
    this.#etag = open.etag;
    this.#film = open;
    this.#on.opened(open);
    this.#tellClock();
    // The viewer went elsewhere, or chose other tracks, while the connection was being made.
    if (this.#wanted !== null && this.#wanted !== this.#wantedBy) this.#askSeek();
    this.#askTracks();
  }

  #openSource(open) {
    this.#source.open(open.streams, open.duration);
    this.#streams.set(open.streams, open.epoch);
  }

  /** After a reconnection: true when the source can go on with the streams offered. */
  #goOn(open) {
    if (open.etag !== this.#etag || !this.#source.matches(open.streams)) return false;
    this.#source.setDuration(open.duration);
    for (const stream of open.streams) {
      if (this.#link.resumed) this.#streams.resume(stream, open.epoch);
      else this.#restartStream(stream, open.epoch, 0);
    }
    return true;
  }

  #onData(data, bytes) {
    const stream = this.#emptied ? null : this.#streams.take(data);
    const link = this.#link;
    if (!stream) {
      this.#count(link, bytes.byteLength);
      return;
    }
    const media = data.kind === 'media';
    if (media) stream.sync = beginsWithSync(bytes) ?? stream.sync;
    if (media && data.last) {
      this.#source.noteSegment(data.stream, data.start, stream.sync !== false);
      this.#connection.proven();
    }
    const connection = this.#connections;
    const fresh = this.#streams.fresh(data, bytes);
    const appending = fresh ? this.#append(data, fresh) : Promise.resolve(true);
    if (media && data.last) this.#finishReplacing(stream);
    appending.then((appended) => {
      this.#count(link, bytes.byteLength);
      if (!appended || !media || this.#dead) return;
      if (data.epoch === this.#epoch) this.#fed = true;
      if (data.last) this.#remember({ stream: data.stream, seq: data.seq, epoch: data.epoch, connection, start: data.start, end: data.end });
      this.#tick();
    });
  }

  #append({ stream, kind }, bytes) {
    return kind === 'media' ? this.#source.append(stream, bytes) : this.#source.appendInit(stream, bytes);
  }

  #onEpoch(message) {
    this.#epoch = message.epoch;
    this.#allSent = false;
    if (this.#live) this.#on.note('');
    // A picture or a sound more, or less, than there were.
    if (!message.req && message.streams.length !== this.#streams.size) return this.#rebuild();
    if (message.req) {
      this.#answered = Math.max(this.#answered, message.req);
      // There is nothing to tell before the first of it is there.
      this.#reportedAt = this.#now();
    }
    this.#emptied &&= this.#answered < this.#req;
    if (!this.#seekPending) this.#served = this.#wanted;
    // A seek begins with an empty buffer, so that what is buffered is always one stretch that the server goes on
    // filling. A break of the source leaves what lies before it.
    const from = message.req ? 0 : message.from;
    const replaces = message.req > 0 && message.req === this.#tracksReq;
    for (const stream of message.streams) {
      if (!this.#streams.get(stream.id)) return this.#rebuild();
      if (replaces) this.#replaceStream(stream, message.epoch);
      else this.#restartStream(stream, message.epoch, from);
    }
    // A seek may have come in between.
    this.#askTracks();
  }

  #restartStream(stream, epoch, from) {
    this.#streams.restart(stream, epoch);
    this.#fed = false;
    this.#orRebuild(() => this.#source.restart(stream.id, from, stream.mime));
  }

  /** Another track: what is buffered of the one before plays on until the new one is there. */
  #replaceStream(stream, epoch) {
    this.#streams.restart(stream, epoch, true);
    this.#orRebuild(() => {
      this.#streams.get(stream.id).replacing.from = this.#source.replace(stream.id, stream.mime);
    });
  }

  #orRebuild(change) {
    try {
      change();
    } catch {
      this.#rebuild();
    }
  }

  /** Throws away what is left of the track before, once the playhead is past it and enough of the new one is in line. */
  #finishReplacing(stream) {
    const { replacing } = stream;
    if (!replacing || replacing.until === null) return;
    const { currentTime, playbackRate } = this.#video;
    if (currentTime < replacing.from) return;
    if (!this.#allSent && replacing.until < currentTime + REPLACED * Math.max(1, playbackRate)) return;
    stream.replacing = null;
    this.#source.keepOnly(stream.id, Math.max(replacing.from, replacing.since), replacing.until);
  }

  #onEnd(message) {
    if (message.epoch !== this.#epoch || this.#emptied) return;
    this.#allSent = true;
    for (const stream of this.#streams) this.#finishReplacing(stream);
    this.#source.end();
  }

  #onError({ code, message, fatal, req }) {
    if (req) this.#answered = Math.max(this.#answered, req);
    if (req && req === this.#tracksReq) this.#keepTracks();
    if (!fatal) {
      this.#on.note(message);
      // What came meanwhile is lost.
      if (this.#emptied && !this.#seekPending) this.#connection.start();
      return;
    }
    if (code === 'file_changed') return this.#rebuild();
    // What cannot be gone on with may well be begun anew.
    if (this.#link.resumed && !this.#link.opened) return this.#rebuild();
    if (!PASSING.includes(code)) return this.#fail(message);
    this.#on.trouble(message);
    this.#clock = '';
    this.#connection.retry();
  }

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

  #onClosed(opened) {
    if (this.#dead) return false;
    this.#clock = '';
    // After the end the server may leave; the next seek connects anew.
    if (this.#allSent) return false;
    this.#reconnects++;
    if (!opened) this.#askWhy();
    return true;
  }

  async #askWhy() {
    this.#on.trouble('The connection is lost. Trying again …');
    const sentence = await this.#on.refused();
    if (sentence && !this.#dead) this.#fail(sentence);
  }

  // ---- to the server

  #connectionURL(route) {
    const { seqs } = this.#streams;
    const elsewhere = this.#seekPending || (this.#wanted !== null && this.#wanted !== this.#served);
    const resumed = !elsewhere && seqs !== null && this.#tracksSettled;
    if (!resumed && !this.#live) this.#wanted ??= this.#video.currentTime;
    this.#wantedBy = this.#wanted;
    const query = openingQuery(this.#wanted ?? this.#video.currentTime);
    // What is new of a live stream is where the server begins by itself.
    if (this.#live && this.#wanted === null) delete query.t;
    if (resumed) {
      query.seq = seqs.join(',');
      query.etag = this.#etag;
    }
    if (this.#tracks) query.tracks = this.#tracks.join(',');
    if (this.#video.playbackRate !== 1) query.rate = this.#video.playbackRate;
    // At the very start it is not yet known whether the browser will let it play.
    if (this.#connections > 0 && this.#video.paused) query.paused = 1;
    this.#link = newLink(resumed);
    this.#heardAt = this.#now();
    this.#sleptAt = null;
    return this.#url(query, route);
  }

  #chooseAnew(tracks) {
    if (this.#tracks?.join() === tracks.join()) return this.#fail('The server does not send the tracks it was asked for.');
    this.#tracks = tracks;
    this.#connection.start();
  }

  get #tracksSettled() {
    return this.#tracks === null || this.#streams.carry(this.#tracks);
  }

  #askTracks() {
    // One request supersedes another, and this one is for a stream that stands where the playhead is.
    if (this.#tracksSettled || this.#seekPending || this.#streams.size === 0) return;
    if (this.#connection.send(tracksMessage(this.#req + 1, this.#tracks, this.#video.currentTime))) this.#tracksReq = ++this.#req;
    else if (!this.#connection.alive) this.#connection.start();
  }

  /** What was chosen cannot be had. */
  #keepTracks() {
    this.#tracks = this.#streams.tracks;
    this.#on.chosen(this.#tracks);
  }

  /** The tracks that have something to play at `time`. A film that grows does not know yet. */
  #due(film, time, present) {
    const all = this.#all ?? present;
    return film.growing ? all : covering(film.tracks, all, time, film.duration, present);
  }

  /** Goes on with other tracks where one begins or ends; true when it does. Sources can't be given tracks later. */
  #followTracks(time) {
    if (!this.#film || !this.#tracksSettled) return false;
    const { tracks } = this.#streams;
    const due = this.#due(this.#film, time, tracks);
    if (tracks.length === 0 || this.#streams.carry(due)) return false;
    this.#all ??= tracks;
    this.#tracks = due;
    this.#wanted = time;
    this.#rebuild();
    return true;
  }

  #seekTo(time) {
    this.#tooEarly = false;
    if (!this.#seekPending && this.#reachable(time)) {
      this.#wanted = this.#served = null;
      this.#report();
      return;
    }
    if (this.#wanted !== null && Math.abs(this.#wanted - time) < 0.01) return;
    if (this.#followTracks(time)) return;
    this.#wanted = time;
    this.#scheduleSeek();
  }

  get #seekPending() {
    return this.#seekTimer !== null || this.#answered < this.#req;
  }

  /**
   * Firefox takes a place up to 0.25 s before what is buffered for buffered, and ends a seek there at once, with the
   * first frame it has. When the film at that place has come, the seek must be done again.
   */
  #onSeeked() {
    this.#tooEarly = this.#wanted !== null;
  }

  #arrive() {
    // What is there now may be gone when the viewer comes back to the same place.
    this.#wanted = this.#served = null;
    if (this.#tooEarly) this.#video.currentTime = this.#video.currentTime;
  }

  #reachable(time) {
    if (!this.#fed || this.#streams.replacing) return false;
    const buffered = toList(this.#video.buffered);
    if (rangeAt(buffered, time)) return true;
    return this.#source.ended && buffered.length > 0 && time >= buffered[buffered.length - 1].start;
  }

  #scheduleSeek() {
    if (this.#seekTimer !== null) return;
    // The first of a row of seeks goes out at once, the others of the row together.
    const wait = Math.max(0, this.#seekSentAt + SEEK_PAUSE_MS - this.#now());
    if (wait === 0) return this.#askSeek();
    this.#seekTimer = setTimeout(() => {
      this.#seekTimer = null;
      this.#askSeek();
    }, wait);
  }

  #askSeek() {
    this.#seekSentAt = this.#now();
    if (this.#connection.send(seekMessage(this.#req + 1, this.#wanted))) {
      this.#req++;
      this.#empty();
    } else if (!this.#connection.alive) this.#connection.start();
  }

  /** Empties the buffers for what the server was asked for, which takes the time that the answer takes. */
  #empty() {
    // What is live may have no answer but that there is none.
    if (this.#live) return;
    this.#emptied = true;
    this.#served = null;
    this.#fed = this.#allSent = false;
    for (const { id } of this.#streams) this.#source.restart(id, 0);
  }

  #tellClock() {
    const { paused, playbackRate } = this.#video;
    const clock = paused ? 'pause' : `play ${playbackRate}`;
    if (clock === this.#clock) return;
    if (this.#connection.send(paused ? pauseMessage() : playMessage(playbackRate))) this.#clock = clock;
  }

  #report() {
    // While a seek is on its way the playhead stands where the server is not: it would be misled.
    if (this.#connections === 0 || this.#seekPending) return;
    const time = this.#video.currentTime;
    const ahead = aheadOf(toList(this.#video.buffered), time);
    if (!this.#connection.send(reportMessage(this.#epoch, time, ahead, this.#link.bytes))) return;
    this.#reportedAt = this.#now();
    this.#link.reported = this.#link.bytes;
  }

  #count(link, bytes) {
    this.#totalBytes += bytes;
    link.bytes += bytes;
    if (link === this.#link && link.bytes - link.reported >= REPORT_BYTES) this.#report();
  }

  #remember(entry) {
    this.#whole++;
    this.#log.push(entry);
    if (this.#log.length > LOG_LENGTH) this.#log.shift();
  }

  // ---- the media element

  #listen() {
    const on = (name, handler) => this.#video.addEventListener(name, handler, { signal: this.#listening.signal });
    on('seeking', (event) => this.onSeeking(event));
    on('loadedmetadata', () => this.#goToStart());
    on('loadeddata', () => this.#connect());
    on('error', () => this.#video.error && this.#onDecodeError());
    // Timers sleep in background tabs, media events do not.
    on('timeupdate', () => this.#tick());
    for (const name of ['play', 'pause', 'ratechange']) on(name, () => this.#tellClock());
    on('seeked', () => this.#onSeeked());
    for (const name of ['playing', 'pause', 'waiting', 'seeked', 'ended', 'ratechange']) on(name, () => this.#report());
  }

  #goToStart() {
    if (this.#wanted > 0) this.#video.currentTime = this.#wanted;
  }

  #tick() {
    if (this.#dead || this.#streams.size === 0) return;
    const now = this.#now();
    const buffered = toList(this.#video.buffered);
    if (this.#wanted !== null && this.#fed && !this.#seekPending && rangeAt(buffered, this.#video.currentTime)) this.#arrive();
    this.#tellClock();
    for (const stream of this.#streams) this.#finishReplacing(stream);
    if (now - this.#reportedAt >= REPORT_MS) this.#report();
    // At four times the speed a second is much of what fits.
    if (this.#source.full || now - this.#tidiedAt >= TIDY_MS) {
      this.#tidiedAt = now;
      this.#source.tidy();
      if (this.#fed && !this.#seekPending && this.#followTracks(this.#video.currentTime)) return;
    }
    this.#noticeSleep(now);
    this.#mendStall(now, buffered);
    this.#mendSilence(now, buffered);
  }

  #mendStall(now, buffered) {
    if (!this.#fed || this.#seekPending) return;
    if (this.#video.readyState === 0) return;
    const { currentTime: time, paused, seeking, ended, duration } = this.#video;
    const received = (at) => this.#received(at);
    const action = this.#watch.check({ now, time, paused, seeking, ended, duration, buffered, received, sourceEnded: this.#source.ended });
    if (action?.move !== undefined) this.#video.currentTime = action.move;
    if (action?.spoilt) this.#onDecodeError();
    // What is to come of a live stream comes by itself.
    if (action?.seek !== undefined && !this.#live) {
      this.#wanted = action.seek;
      this.#askSeek();
    }
  }

  /** Whether all streams had what is due at a time, so that it must have been in the buffer. */
  #received(time) {
    const holding = this.#log.filter(({ start, end }) => start <= time && time < end);
    return [...this.#streams].every(({ id, epoch }) => holding.some((entry) => entry.stream === id && entry.epoch === epoch));
  }

  #noticeSleep(now) {
    // The clock of the day goes on while the machine sleeps, the other may not.
    const wall = Date.now();
    if (wall - this.#tickedAt > SLEPT_MS) {
      this.#sleptAt = now;
      this.#report();
    }
    this.#tickedAt = wall;
  }

  #mendSilence(now, buffered) {
    const { paused, seeking, currentTime } = this.#video;
    const starving = (!paused || seeking) && !this.#allSent && !this.#source.full && aheadOf(buffered, currentTime) < STARVING;
    const silent = this.#sleptAt === null ? now - this.#heardAt >= SILENCE_MS : now - this.#sleptAt >= SILENCE_AFTER_SLEEP_MS;
    this.#starvingAt = starving ? this.#starvingAt ?? now : null;
    if (!starving || !this.#connection.listens) return;
    // What grows may have nothing new to send.
    const due = !this.#live && !this.#film?.growing && now - Math.max(this.#heardAt, this.#starvingAt) >= TOLD_MS;
    if (due && !this.#toldSilence) this.#tellSilence('Nothing comes from the server. Waiting …');
    if (!silent) return;
    this.#reconnects++;
    this.#clock = '';
    this.#connection.start();
  }

  #tellSilence(sentence) {
    this.#toldSilence = sentence !== '';
    this.#on.trouble(sentence);
  }

  #makeSource() {
    return this.#make.source(this.#video, (error, kind) => (kind === 'append' ? this.#onDecodeError() : this.#onBufferError(error)));
  }

  #onDecodeError() {
    this.#rebuildOnce('decode', (place) => `This browser cannot decode the film at ${place}.`, this.#video.error?.message);
  }

  /** Something else than an append failed: the bytes are as good as before, the buffer may not be. */
  #onBufferError(error) {
    this.#rebuildOnce('buffer', (place) => `This browser’s buffer of the film failed at ${place}.`, error.message);
  }

  /** Mends what went wrong by a new source; where that was in vain the viewer is told. */
  #rebuildOnce(cause, sentence, detail) {
    if (this.#dead) return;
    const at = this.#wanted ?? this.#video.currentTime;
    if (Math.abs(at - (this.#rebuiltAt.get(cause) ?? -Infinity)) < REBUILD_APART) {
      this.#fail(`${sentence(clockTime(at))}${detail ? ` It says: ${detail}` : ''}`);
      return;
    }
    this.#rebuiltAt.set(cause, at);
    this.#rebuild();
  }

  /** A new MediaSource at the same place. */
  #rebuild() {
    if (this.#dead) return;
    this.#rebuilds++;
    this.#log = [];
    this.#whole = 0;
    if (!this.#live) this.#wanted ??= this.#video.currentTime;
    const { paused, playbackRate } = this.#video;
    this.#source.destroy();
    this.#streams.clear();
    this.#clock = '';
    this.#fed = false;
    this.#allSent = false;
    this.#source = this.#makeSource();
    // A new source pauses the element and takes its speed back.
    this.#video.playbackRate = playbackRate;
    if (!paused) this.#video.play().catch(() => {});
    this.#connection.retry();
  }

  #fail(sentence, sound = []) {
    if (this.#dead) return;
    this.destroy();
    this.#on.failed({ sentence, sound });
  }
}

const defaults = {
  source: (video, failed) => new Source(video, failed),
  connection: (url, handlers) => new Connection(url, handlers),
  canPlay,
};

/** The film as if it had no pictures and sounds but these. */
function withTracks(open, ids) {
  return { ...open, tracks: open.tracks.filter(({ id, kind }) => ids.includes(id) || (kind !== 'video' && kind !== 'audio')) };
}

function newLink(resumed = false) {
  return { resumed, bytes: 0, reported: 0 };
}
