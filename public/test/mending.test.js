import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Mending } from '../mending.js';
import { toList } from '../ranges.js';
import { FakeVideo } from './fakes.js';

/**
 * Mending with stand-ins: `intake`, `requests` and `connection` are as set, what it did is `done`. stand() lets so many seconds pass, and answers
 * what was done.
 */
function setUp({ live = false } = {}) {
  const s = { video: new FakeVideo(), done: [], clock: 0, wall: 1_700_000_000_000 };
  s.intake = { fed: true, ended: false, allSent: false, full: false, film: { growing: false }, received: () => true, unreadable: null };
  s.requests = { pending: false, wanted: null, seek: (place) => s.done.push(`seek ${place}`) };
  s.connection = { listens: true };
  const on = Object.fromEntries(['report', 'reconnect', 'rebuild', 'trouble', 'failed'].map((name) => [
    name, (sentence, sound) => s.done.push([name, sentence, sound?.length ? `sound ${sound}` : undefined].filter((part) => part !== undefined).join(' ')),
  ]));
  s.mending = new Mending({ video: s.video, intake: s.intake, requests: s.requests, connection: s.connection, live }, on);
  s.stand = (seconds) => {
    for (const end = s.clock + seconds * 1000; s.clock < end; s.clock += 250) s.mending.tick(s.clock, toList(s.video.buffered));
    return s.done.splice(0);
  };
  return s;
}

test('a film that stands although there is more of it is nudged', () => {
  const s = setUp();
  s.video.ranges = [[0, 20]];
  s.video.goOn(5);
  assert.deepEqual(s.stand(3), []);
  assert.ok(Math.abs(s.video.currentTime - 5.1) < 1e-9);
});

test('what was received and is gone is asked for again, and then the browser cannot decode it', () => {
  const s = setUp();
  s.video.goOn(5);
  assert.deepEqual(s.stand(2), ['seek 5']);
  assert.deepEqual(s.stand(1.5), ['rebuild']);
});

test('a stream that the browser reads nothing of gets a new source, and then a sentence; whether the film plays, is over or is paused', () => {
  for (const change of [{}, { paused: true }, { ended: true }, { readyState: 0 }]) {
    const s = setUp();
    Object.assign(s.video, change, { ranges: [[0, 60]] });
    s.intake.received = () => false;
    s.intake.unreadable = { place: 4, sound: [2] };
    assert.deepEqual(s.stand(1), []);
    assert.deepEqual(s.stand(0.5), ['rebuild']);
    s.video.goOn(2);
    assert.deepEqual(s.stand(2), ['failed This browser cannot decode the film at 0:04. sound 2'], JSON.stringify(change));
  }
});

test('what is live, what another place was asked for of, and what is read a moment later is not unreadable', () => {
  const live = setUp({ live: true });
  live.intake.unreadable = { place: 4, sound: [] };
  const sought = setUp();
  sought.intake.unreadable = { place: 4, sound: [] };
  sought.requests.pending = true;
  for (const s of [live, sought]) {
    s.video.ranges = [[0, 60]];
    s.video.paused = true;
    assert.deepEqual(s.stand(5), []);
  }
  sought.requests.pending = false;
  assert.deepEqual(sought.stand(1), []);
  sought.intake.unreadable = null;
  assert.deepEqual(sought.stand(0.25), []);
  sought.intake.unreadable = { place: 4, sound: [] };
  assert.deepEqual(sought.stand(1), []);
});

test('a film is left alone while it waits for what was asked for, has nothing yet, or is live', () => {
  for (const [name, change] of Object.entries({
    'a request is unanswered': (s) => (s.requests.pending = true), 'nothing came': (s) => (s.intake.fed = false),
    'the element has no source': (s) => (s.video.readyState = 0), 'it never came': (s) => (s.intake.received = () => false),
  })) {
    const s = setUp();
    s.video.goOn(5);
    change(s);
    assert.deepEqual(s.stand(3), [], name);
  }
  const s = setUp({ live: true });
  s.video.goOn(5);
  assert.deepEqual(s.stand(2), [], 'what is live');
});

test('where nothing comes the viewer is told, and then a new connection is made', () => {
  const s = setUp();
  s.intake.received = () => false;
  assert.deepEqual(s.stand(6), ['trouble Nothing comes from the server. Waiting …']);
  s.mending.heard(s.clock);
  s.mending.heard(s.clock);
  assert.deepEqual(s.done.splice(0), ['trouble ']);
  s.mending.connecting(s.clock + 1000);
  assert.deepEqual(s.stand(20), ['trouble Nothing comes from the server. Waiting …']);
  assert.deepEqual(s.stand(1.25), ['reconnect']);
});

test('nothing need come of what is all sent or has no room; who waits for what is being made is not told', () => {
  for (const [name, change, done] of [
    ['all was sent', (s) => (s.intake.allSent = true), []], ['there is no room', (s) => (s.intake.full = true), []],
    ['it grows', (s) => (s.intake.film.growing = true), ['reconnect']], ['nothing listens', (s) => (s.connection.listens = false), []],
  ]) {
    const s = setUp();
    s.intake.received = () => false;
    change(s);
    assert.deepEqual(s.stand(20.25), done, name);
  }
  const s = setUp({ live: true });
  s.intake.received = () => false;
  assert.deepEqual(s.stand(20.25), ['reconnect'], 'it is live');
});

test('after a sleep the server is told at once where the playhead is', (t) => {
  const s = setUp();
  t.mock.method(Date, 'now', () => s.wall);
  s.video.ranges = [[0, 20]];
  s.stand(0.25);
  s.done.length = 0;
  s.wall += 3_600_000;
  assert.deepEqual(s.stand(0.5), ['report']);
});

test('a failure is mended by a new source, and told where that was in vain; each kind by itself', () => {
  const s = setUp();
  const fail = (how) => {
    how();
    return s.done.splice(0);
  };
  const decode = () => s.mending.onDecodeError();
  const buffer = () => s.mending.onBufferError(new Error('removed'));
  s.video.goOn(7);
  assert.deepEqual(fail(decode), ['rebuild']);
  assert.deepEqual(fail(buffer), ['rebuild']);
  s.requests.wanted = 17;
  assert.deepEqual(fail(decode), ['rebuild']);
  s.video.error = { message: 'bad frame' };
  assert.deepEqual(fail(decode), ['failed This browser cannot decode the film at 0:17. It says: bad frame']);
  s.requests.wanted = 8;
  assert.deepEqual(fail(buffer), ['failed This browser’s buffer of the film failed at 0:08. It says: removed']);
});
