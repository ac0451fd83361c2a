import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MediaKeys } from '../media-session.js';
import { lines, readSample } from '../statistics.js';
import { WakeLock } from '../wake-lock.js';
import { timeRanges } from './fakes.js';

test('the screen is kept lit while it is wanted, and again after the page was hidden', async () => {
  const locks = [];
  const lock = new WakeLock({
    request: async () => {
      locks.push({ released: false, async release() { this.released = true; } });
      return locks.at(-1);
    },
  });
  await lock.want(true);
  await lock.want(true);
  assert.equal(locks.length, 1);
  locks[0].released = true; // by the browser
  await lock.want(true);
  assert.equal(locks.length, 2);
  await lock.want(false);
  assert.ok(locks[1].released);
  await lock.renew();
  assert.equal(locks.length, 2);
});

test('a lock that comes too late is given back', async () => {
  let grant;
  const lock = new WakeLock({ request: () => new Promise((resolve) => { grant = resolve; }) });
  const wanted = lock.want(true);
  lock.want(false);
  const late = { released: false, async release() { this.released = true; } };
  grant(late);
  await wanted;
  assert.ok(late.released);
});

test('a refused lock is no trouble', async () => {
  await new WakeLock({ request: async () => { throw new Error('low battery'); } }).want(true);
  await new WakeLock(null).want(true);
});

function haveMetadata(t) {
  globalThis.MediaMetadata = class {
    constructor(init) {
      Object.assign(this, init);
    }
  };
  t.after(() => delete globalThis.MediaMetadata);
}

test('the keys of the system do what the player can', (t) => {
  haveMetadata(t);
  const handlers = {};
  const session = {
    setActionHandler(action, handler) {
      if (action === 'seekto') throw new TypeError('unknown');
      handlers[action] = handler;
    },
    setPositionState: (state) => { session.state = state; },
  };
  const did = [];
  const commands = { seekBy: (s) => did.push(s), goNext: () => did.push('next') };
  const keys = new MediaKeys({ hasAttribute: (name) => name === 'next' }, commands, session);
  keys.take({ title: 'Film', artwork: '/cover/film.mp4', playing: true });
  assert.deepEqual([session.metadata.title, session.metadata.artwork], ['Film', [{ src: '/cover/film.mp4' }]]);
  handlers.seekbackward({});
  handlers.seekforward({ seekOffset: 30 });
  handlers.nexttrack();
  assert.deepEqual(did, [-10, 30, 'next']);
  assert.equal(handlers.previoustrack, null);
  keys.place({ duration: NaN, currentTime: 0, playbackRate: 1 });
  assert.equal(session.state, undefined);
  keys.place({ duration: 10, currentTime: 11, playbackRate: 2 });
  assert.deepEqual(session.state, { duration: 10, playbackRate: 2, position: 10 });
  keys.release();
  assert.equal(handlers.nexttrack, null);
});

test('of several players the one that plays last has the keys', (t) => {
  haveMetadata(t);
  const session = { setActionHandler: (action, handler) => (session[action] = handler), setPositionState: ({ duration }) => (session.duration = duration) };
  const did = [];
  const [a, b] = ['a', 'b'].map((name) => new MediaKeys({ hasAttribute: () => false }, { seekBy: () => did.push(name) }, session));
  const told = () => [session.metadata?.title, session.duration];
  const place = (duration) => ({ duration, currentTime: 0, playbackRate: 1 });
  a.take({ title: 'A', playing: true });
  a.place(place(1));
  b.take({ title: 'B' });
  b.place(place(2));
  session.seekforward({});
  assert.deepEqual(told(), ['A', 1]);
  b.release();
  assert.deepEqual(told(), ['A', 1]);
  b.take({ title: 'B', playing: true });
  b.place(place(2));
  session.seekforward({});
  b.take({ title: 'B, paused' });
  assert.deepEqual(told(), ['B, paused', 2]);
  b.release();
  assert.deepEqual([session.metadata, session.seekforward, did], [null, null, ['a', 'b']]);
});

test('the statistics say which way it plays, and how fast bytes come', () => {
  const stats = { streams: [{ mime: 'video/mp4; codecs="avc1.64001f"' }, { mime: 'audio/mp4; codecs="mp4a.40.2"' }], totalBytes: 0, epoch: 2, connections: 1, rebuilds: 0, quotaErrors: 0 };
  const sample = { now: 0, way: 'mse', stats, width: 640, height: 360, shownWidth: 320, shownHeight: 180, frames: 9, dropped: 1, time: 61, duration: 90, rate: 2, ahead: 4.25 };
  const later = { ...sample, now: 500, stats: { ...stats, totalBytes: 1_000_000 } };
  const text = Object.fromEntries(lines(later, sample));
  assert.equal(text['Plays by'], 'WebSocket, Media Source Extensions, 2 streams');
  assert.equal(text.Codecs, 'avc1.64001f + mp4a.40.2');
  assert.equal(text.Received, '1.0 MB, now 2.0 MB/s');
  assert.equal(text.Place, '1:01 of 1:30, at 2×');
  assert.match(text.Epoch, /^2,/);
  assert.equal(Object.fromEntries(lines({ ...sample, way: 'hls', stats: {} }))['Plays by'], 'HLS, by the browser itself');
});

test('what is at hand is told however the film plays', () => {
  const nativeEl = { buffered: timeRanges([[0, 12]]), currentTime: 4, duration: 90, playbackRate: 1 };
  assert.equal(Object.fromEntries(lines(readSample({ nativeEl, stats: {}, way: 'hls' }))).Buffer, '8.0 s ahead');
});
