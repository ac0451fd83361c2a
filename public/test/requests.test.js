import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seekMessage } from '../messages.js';
import { Requests } from '../requests.js';

/** Requests over a connection that the test holds: what it `sent`, and how often it was made anew (`starts`). */
function setUp(t, { wanted = null, sought = () => true } = {}) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const s = { sent: [], starts: 0, open: true, alive: true, clock: 1000, sought: 0 };
  const connection = {
    send: (message) => s.open && Boolean(s.sent.push(message)),
    start: () => s.starts++,
    get alive() {
      return s.alive;
    },
  };
  s.requests = new Requests(connection, { wanted, sought: () => (s.sought++, sought()), now: () => s.clock });
  s.connect = (more = {}) => s.requests.connecting({ here: 3, seqs: [7, 8], etag: 'E', tracks: null, rate: 1, paused: false, ...more });
  s.wait = (ms) => {
    s.clock += ms;
    t.mock.timers.tick(ms);
  };
  t.after(() => s.requests.close());
  return s;
}

test('a new connection asks for the place wanted, for what is next of it, or for where the playhead is', (t) => {
  const s = setUp(t, { wanted: 40 });
  assert.deepEqual(s.connect(), { mode: 'split', t: '40' }, 'nothing of it has come yet');
  s.requests.connected();
  assert.deepEqual(s.connect(), { mode: 'split', t: '40', seq: '7,8', etag: 'E' });
  assert.equal(s.requests.resuming, true);
  s.requests.connected();
  assert.equal(s.requests.resuming, false);
  assert.equal(s.requests.resumed, true);
  s.requests.arrive();
  assert.deepEqual(s.connect(), { mode: 'split', t: '3', seq: '7,8', etag: 'E' });
  assert.equal(s.requests.wanted, null);
  assert.deepEqual(s.connect({ seqs: null, tracks: [1, 2], rate: 2, paused: true }), { mode: 'split', t: '3', tracks: '1,2', rate: 2, paused: 1 });
  assert.equal(s.requests.wanted, 3, 'from there on it must come');
});

test('where the server likes is no place', (t) => {
  const s = setUp(t);
  assert.deepEqual(s.connect({ here: null, seqs: null }), { mode: 'split' });
  s.requests.seek(12);
  assert.deepEqual(s.connect({ here: null }), { mode: 'split', t: '12' });
});

test('a seek is pending until its number, or a later one, is answered', (t) => {
  const s = setUp(t);
  s.requests.seek(50);
  s.wait(200);
  s.requests.seekSoon(60);
  assert.deepEqual(s.sent, [seekMessage(1, 50), seekMessage(2, 60)]);
  s.requests.granted(1);
  assert.equal(s.requests.pending, true);
  assert.equal(s.connect().seq, undefined, 'the server may stand elsewhere');
  s.requests.granted(2);
  assert.equal(s.requests.pending, false);
  assert.equal(s.connect().seq, '7,8');
  assert.equal(s.sought, 2);
});

for (const [name, given, resumed] of [['what a refused seek gave up cannot be gone on with', true, false], ['what it did not can', false, true]]) {
  test(name, (t) => {
    const s = setUp(t, { wanted: 40, sought: () => given });
    s.connect();
    s.requests.connected();
    s.requests.seek(40);
    s.requests.settled(1);
    s.connect();
    assert.equal(s.requests.resumed, resumed);
  });
}

test('of a row of seeks the first goes out at once, the others together', (t) => {
  const s = setUp(t);
  for (const place of [10, 20, 30]) s.requests.seekSoon(place);
  assert.deepEqual(s.sent.map(({ time }) => time), [10]);
  s.requests.granted(1);
  assert.equal(s.requests.pending, true, 'one is to be sent');
  s.wait(200);
  assert.deepEqual(s.sent.map(({ time }) => time), [10, 30]);
  s.requests.granted(2);
  assert.equal(s.requests.pending, false);
});

test('a place so close to the one wanted is the same', (t) => {
  const s = setUp(t);
  assert.equal(s.requests.isWanted(0), false);
  s.requests.want(50);
  assert.equal(s.requests.isWanted(50.005), true);
  assert.equal(s.requests.isWanted(50.02), false);
});

test('where nobody hears, a connection is made; one that is being made is waited for', (t) => {
  const s = setUp(t);
  s.open = false;
  s.requests.seek(50);
  assert.equal(s.starts, 0);
  s.alive = false;
  s.requests.seek(60);
  assert.equal(s.starts, 1);
  assert.equal(s.sought, 0);
  assert.equal(s.requests.pending, false, 'there is no request that could be answered');
  s.connect();
  s.requests.want(70);
  s.open = true;
  s.requests.connected();
  s.requests.catchUp();
  assert.deepEqual(s.sent, [seekMessage(1, 70)]);
  s.connect();
  s.requests.connected();
  s.requests.catchUp();
  assert.equal(s.sent.length, 1, 'that was asked for');
  assert.equal(s.requests.pending, false, 'and is answered');
});

test('a request for other tracks is known by its number', (t) => {
  const s = setUp(t);
  assert.equal(s.requests.isForTracks(), false);
  s.requests.tracks([1, 3], 5);
  assert.deepEqual(s.sent, [{ type: 'tracks', req: 1, ids: [1, 3], time: 5 }]);
  assert.equal(s.requests.isForTracks(1), true);
  s.requests.seek(50);
  assert.equal(s.requests.isForTracks(2), false);
  assert.equal(s.requests.isForTracks(undefined), false);
});

test('nothing is asked for after close', (t) => {
  const s = setUp(t);
  s.requests.seekSoon(10);
  s.requests.seekSoon(20);
  s.requests.close();
  s.wait(1000);
  assert.equal(s.sent.length, 1);
});
