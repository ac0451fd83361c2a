import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reports } from '../reports.js';
import { FakeVideo } from './fakes.js';

const MIB = 1 << 20;

function setUp() {
  const s = { video: new FakeVideo(), sent: [], open: true, clock: 1000 };
  const connection = { send: (message) => s.open && Boolean(s.sent.push(message)) };
  s.reports = new Reports(s.video, connection, () => s.clock);
  return s;
}

test('a report tells where the playhead is, what is ahead of it, and what was taken in', () => {
  const s = setUp();
  s.video.ranges = [[0, 10]];
  s.video.goOn(4);
  s.reports.count(s.reports.link, 300);
  s.reports.report(2);
  assert.deepEqual(s.sent, [{ type: 'report', epoch: 2, time: 4, buffered: 6, bytes: 300 }]);
});

test('one is due each second, as far as somebody hears', () => {
  const s = setUp();
  assert.equal(s.reports.due, true);
  s.open = false;
  s.reports.report(0);
  assert.equal(s.reports.due, true);
  s.open = true;
  s.reports.report(0);
  s.clock += 999;
  assert.equal(s.reports.due, false);
  s.clock += 1;
  assert.equal(s.reports.due, true);
});

test('nothing is told while a picture is awaited, for half a second at the most', () => {
  const s = setUp();
  const told = () => {
    s.reports.report(0);
    return s.sent.splice(0).length;
  };
  s.reports.awaitPicture();
  s.clock += 499;
  assert.equal(told(), 0);
  s.clock += 1;
  assert.equal(told(), 1);
  s.reports.awaitPicture();
  assert.equal(told(), 0);
  s.reports.pictureSeen();
  assert.equal(told(), 1);
});

test('and after each MiB; what came on a connection before counts only in all', () => {
  const s = setUp();
  const before = s.reports.link;
  assert.equal(s.reports.count(before, MIB - 1), false);
  assert.equal(s.reports.count(before, 1), true);
  s.reports.report(0);
  assert.equal(s.reports.count(before, 1), false);
  s.reports.connecting();
  assert.equal(s.reports.count(before, 2 * MIB), false);
  assert.equal(s.reports.bytes, 0);
  assert.equal(s.reports.totalBytes, 3 * MIB + 1);
});

test('play, pause and speed are told once, and again on a new connection', () => {
  const s = setUp();
  const tell = (state) => {
    Object.assign(s.video, state);
    s.reports.tellClock();
    return s.sent.splice(0);
  };
  assert.deepEqual(tell({}), [{ type: 'play', rate: 1 }]);
  assert.deepEqual(tell({}), []);
  assert.deepEqual(tell({ playbackRate: 2 }), [{ type: 'play', rate: 2 }]);
  s.open = false;
  assert.deepEqual(tell({ paused: true }), []);
  s.open = true;
  assert.deepEqual(tell({}), [{ type: 'pause' }]);
  s.reports.connecting();
  assert.deepEqual(tell({}), [{ type: 'pause' }]);
});
