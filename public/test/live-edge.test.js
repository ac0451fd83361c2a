import assert from 'node:assert/strict';
import { test } from 'node:test';
import { edgeAction, Fragments, LiveEdge } from '../live-edge.js';
import { remark } from '../live-list.js';
import { FakeVideo } from './fakes.js';

const near = { time: 9.5, buffered: [{ start: 4, end: 10 }], target: 0.5, rate: 1, shifted: false };

test('a viewer is kept close to the edge', () => {
  const cases = [
    ['where it should be', {}, null],
    ['a little late', { time: 9.3 }, null],
    ['with little at hand', { time: 9.8 }, { rate: 0.95 }],
    ['with little at hand, and growing', { time: 9.6, rate: 0.95 }, null],
    ['with enough at hand again', { time: 9.45, rate: 0.95 }, { rate: 1 }],
    ['where it should be, behind a long fragment', { time: 8.5, step: 1 }, null],
    ['where it should be, before the next long fragment', { time: 9.4, step: 1, due: 0.9 }, null],
    ['late behind a long fragment', { time: 8.2, step: 1 }, { rate: 1.08 }],
    ['with little at hand behind a long fragment', { time: 8.8, step: 1 }, { rate: 0.95 }],
    ['far behind, where fragments are long', { time: 5, step: 1 }, { move: 8.5 }],
    ['late', { time: 9 }, { rate: 1.08 }],
    ['late, and catching up', { time: 9.2, rate: 1.08 }, null],
    ['caught up', { time: 9.55, rate: 1.08 }, { rate: 1 }],
    ['far behind', { time: 5 }, { move: 9.5 }],
    ['far behind, as who went back wants it', { time: 5, shifted: true }, null],
    ['nothing there', { buffered: [] }, null],
    ['before the first picture', { time: 0 }, { move: 9.501 }],
    ['before the first picture, of which there is little', { time: 0, buffered: [{ start: 4, end: 4.2 }] }, { move: 4.001 }],
    ['at the end, when the source is away', { time: 10.1 }, null],
    ['in a hole', { time: 6, buffered: [{ start: 0, end: 5 }, { start: 8, end: 10 }] }, { move: 9.501 }],
    ['before a hole', { time: 4.9, buffered: [{ start: 0, end: 5 }, { start: 8, end: 8.1 }] }, { rate: 1.08 }],
  ];
  for (const [name, state, want] of cases) {
    const got = edgeAction({ ...near, ...state });
    if (want?.move === undefined) assert.deepEqual(got, want, name);
    else assert.ok(Math.abs(got?.move - want.move) < 1e-6, `${name}: ${JSON.stringify(got)}`);
  }
});

test('fragments are as long as most of them', () => {
  const fragments = new Fragments();
  const ends = [4, 6, 6.5, 7, 7, 10, 10.5, 11];
  for (const [k, end] of ends.entries()) {
    if (k < 7) assert.equal(fragments.length, 0, 'not known yet');
    fragments.see(end, k * 100);
  }
  assert.equal(fragments.length, 0.5);
  assert.equal(fragments.due(700), 0);
  assert.equal(fragments.due(900), 0.2);
  assert.equal(fragments.due(5000), 0.5);
  fragments.see(0, 6000);
  assert.equal(fragments.length, 0.5, 'a stream that begins anew');
});

for (const [what, go] of [
  ['paused', (video) => video.emit('play')],
  ['went back', (video) => (video.currentTime = 3)],
]) {
  test(`who ${what} while he was catching up goes on at the usual speed`, (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const video = new FakeVideo();
    const edge = new LiveEdge(video);
    t.after(() => edge.destroy());
    video.emit('playing');
    video.ranges = [[0, 10]];
    video.goOn(9);
    t.mock.timers.tick(100);
    assert.equal(video.playbackRate, 1.08);
    video.paused = true;
    video.ranges = [[0, 20]];
    t.mock.timers.tick(100);
    video.paused = false;
    go(video);
    assert.deepEqual([edge.shifted, video.playbackRate], [true, 1]);
  });
}

test('what the list says of a stream', () => {
  assert.equal(remark({ state: 'live', viewers: 1, reason: '' }), 'Live · 1 viewer');
  assert.equal(remark({ state: 'waiting', viewers: 0, reason: 'the source answers 404' }), 'Interrupted · the source answers 404');
  assert.equal(remark({ state: 'idle', viewers: 0, reason: '' }), 'Begins when watched');
  const live = { state: 'live', viewers: 2, reason: '' };
  assert.equal(remark({ ...live, recording: { path: '', reason: '' } }), 'Live · 2 viewers');
  assert.equal(remark({ ...live, recording: { path: 'rec/a.mp4', reason: '' } }), 'Live · 2 viewers · recorded');
  assert.equal(remark({ ...live, recording: { path: '', reason: 'there is no room on the disk' } }), 'Live · 2 viewers · not recorded: there is no room on the disk');
});
