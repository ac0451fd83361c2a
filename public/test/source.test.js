import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attachMedia } from '../media-source.js';
import { Source } from '../source.js';
import { FakeSourceBuffer, FakeVideo } from './fakes.js';

class FakeMediaSource extends EventTarget {
  readyState = 'closed';
  sourceBuffers = [];
  duration = NaN;
  ends = 0;

  addSourceBuffer() {
    const buffer = new FakeSourceBuffer();
    this.sourceBuffers.push(buffer);
    return buffer;
  }

  endOfStream() {
    this.ends++;
    this.readyState = 'ended';
  }
}

URL.createObjectURL = () => 'blob:fake';
URL.revokeObjectURL = () => {};

function setUp({ opened = true, streams = [{ id: 0, mime: 'video/mp4' }], duration = 60 } = {}) {
  const video = new FakeVideo();
  let media;
  const source = new Source(video, () => {}, attachMedia(video, class extends FakeMediaSource {
    constructor() {
      super();
      media = this;
    }
  }));
  const open = () => {
    media.readyState = 'open';
    media.dispatchEvent(new Event('sourceopen'));
  };
  if (opened) open();
  source.open(streams, duration);
  return { video, source, media, open, buffers: media.sourceBuffers };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('what a stream has in its buffer is asked of a source that is open, or has ended', () => {
  const { source, media, buffers, open } = setUp({ opened: false });
  assert.ok(!source.holds(0));
  open();
  assert.ok(!source.holds(0));
  buffers[0].ranges = [[0, 2]];
  assert.ok(source.holds(0));
  media.readyState = 'ended';
  assert.ok(source.holds(0));
  assert.ok(!source.holds(1));
  media.readyState = 'closed';
  assert.ok(!source.holds(0));
  source.destroy();
  assert.ok(!source.holds(0));
});

test('all buffers are there before the first append, though the bytes came earlier', () => {
  const { source, open, buffers, media } = setUp({ opened: false, streams: [{ id: 0, mime: 'a' }, { id: 1, mime: 'b' }] });
  source.append(1, new ArrayBuffer(3));
  assert.equal(buffers.length, 0);
  open();
  assert.equal(media.duration, 60);
  assert.deepEqual(buffers.map(({ log }) => log), [[], ['append 3']]);
});

test('a source that its element left is lost, one that was never open is not', () => {
  const { source, media } = setUp({ opened: false });
  assert.equal(source.lost, false);
  const opened = setUp();
  assert.equal(opened.source.lost, false);
  opened.media.readyState = 'closed';
  assert.equal(opened.source.lost, true);
  assert.equal(media.sourceBuffers.length, 0);
});

test('a source that is open before its event is heard of gets each buffer once', () => {
  const { source, media, buffers, open } = setUp({ opened: false, streams: [] });
  media.readyState = 'open';
  source.open([{ id: 0, mime: 'video/mp4' }], 60);
  assert.equal(buffers.length, 1);
  open();
  assert.equal(buffers.length, 1);
});

test('the duration waits for a moment of rest, and never falls below what is buffered', () => {
  const { source, media, buffers } = setUp();
  source.append(0, new ArrayBuffer(1));
  source.setDuration(70);
  assert.equal(media.duration, 60);
  buffers[0].ranges = [[0, 75]];
  buffers[0].finish();
  assert.equal(media.duration, 75);
});

test('what can be sought of a stream without end is told once the source is open', () => {
  const { source, media } = setUp();
  const told = [];
  media.setLiveSeekableRange = (...range) => told.push(range);
  source.setWindow([3, 9]);
  source.setWindow([5, 4]);
  media.readyState = 'ended';
  source.setWindow([6, 12]);
  assert.deepEqual(told, [[3, 9], [5, 5]]);
});

test('the end comes when the queues are empty, and again after a removal has reopened the source', () => {
  const { source, media, buffers } = setUp();
  source.append(0, new ArrayBuffer(1));
  source.append(0, new ArrayBuffer(2));
  source.end();
  buffers[0].finish();
  assert.equal(media.ends, 0);
  buffers[0].finish();
  assert.equal(media.ends, 1);
  assert.equal(source.ended, true);
});

test('more bytes after the end take the end back', () => {
  const { source, media, buffers } = setUp();
  source.end();
  assert.equal(media.ends, 1);
  source.append(0, new ArrayBuffer(1));
  media.readyState = 'open';
  buffers[0].finish();
  assert.equal(media.ends, 1);
});

test('a source that has ended is reopened before anything is removed from it', () => {
  const { source, media, buffers } = setUp();
  source.append(0, new ArrayBuffer(1));
  buffers[0].finish();
  buffers[0].log = [];
  source.end();
  Object.defineProperty(buffers[0], 'timestampOffset', { set: () => buffers[0].log.push('reopened') });
  source.restart(0, 0, 'video/mp4');
  assert.deepEqual(buffers[0].log, ['reopened', 'abort', 'remove 0-Infinity']);
  media.readyState = 'open';
  buffers[0].finish();
  source.append(0, new ArrayBuffer(1));
  buffers[0].finish();
  source.restart(0, 0, 'video/mp4');
  assert.deepEqual(buffers[0].log.slice(4), ['abort', 'remove 0-Infinity']);
});

test('an init segment that is not the first is one append with what follows it', async () => {
  const { source, buffers } = setUp();
  source.appendInit(0, new ArrayBuffer(3));
  assert.deepEqual(buffers[0].log, ['append 3']);
  buffers[0].finish();
  source.restart(0, 0);
  buffers[0].finish();
  buffers[0].log = [];
  assert.equal(await source.appendInit(0, new ArrayBuffer(3)), true);
  source.appendInit(0, new ArrayBuffer(2)); // a long one comes in pieces
  assert.deepEqual(buffers[0].log, []);
  source.append(0, new ArrayBuffer(10));
  buffers[0].finish();
  source.append(0, new ArrayBuffer(10));
  assert.deepEqual(buffers[0].log, ['append 15', 'append 10']);
});

test('an init segment without anything behind it is gone with what starts anew', () => {
  const { source, buffers } = setUp();
  source.appendInit(0, new ArrayBuffer(3));
  buffers[0].finish();
  source.appendInit(0, new ArrayBuffer(4));
  source.restart(0, 0);
  buffers[0].finish();
  source.append(0, new ArrayBuffer(10));
  assert.deepEqual(buffers[0].log, ['append 3', 'abort', 'remove 0-Infinity', 'append 10']);
});

test('a change of type that a new beginning threw away is asked for again', async () => {
  const { source, buffers } = setUp();
  source.append(0, new ArrayBuffer(1));
  buffers[0].finish();
  source.restart(0, 0); // its removal is under way
  source.restart(0, 0, 'another');
  source.restart(0, 0, 'another');
  buffers[0].finish();
  await settled();
  assert.equal(buffers[0].log.filter((entry) => entry === 'changeType another').length, 1);
  buffers[0].log = [];
  source.restart(0, 0, 'another');
  assert.ok(!buffers[0].log.includes('changeType another'));
});

test('the past is evicted 30 s behind, at the start of a segment', async () => {
  const { source, video, buffers } = setUp();
  for (let start = 0; start < 50; start += 4) source.noteSegment(0, start, true);
  buffers[0].ranges = [[0, 52]];
  video.goOn(34);
  source.tidy();
  assert.deepEqual(buffers[0].log, []);
  video.goOn(45);
  source.tidy();
  assert.deepEqual(buffers[0].log, ['remove 0-12']);
  buffers[0].ranges = [[12, 52]];
  buffers[0].finish();
  await settled();
  source.tidy();
  assert.deepEqual(buffers[0].log, ['remove 0-12']);
});

test('nothing is cut where no key frame is known to be', () => {
  const { source, video, buffers } = setUp();
  source.noteSegment(0, 0, true);
  for (let start = 2; start < 60; start += 2) source.noteSegment(0, start, false);
  buffers[0].ranges = [[0, 60]];
  video.goOn(55);
  source.tidy();
  assert.deepEqual(buffers[0].log, []);
});

test('an eviction that took the playhead with it was the last', async () => {
  const { source, video, buffers } = setUp();
  for (let start = 0; start < 60; start += 2) source.noteSegment(0, start, true);
  buffers[0].ranges = [[0, 52]];
  video.goOn(45);
  source.tidy();
  buffers[0].ranges = [];
  buffers[0].finish();
  await settled();
  buffers[0].ranges = [[0, 58]];
  video.goOn(57);
  source.tidy();
  assert.equal(buffers[0].log.length, 1);
});

test('a full buffer is evicted, then the window shrinks, then it waits', () => {
  const { source, video, buffers } = setUp();
  const [buffer] = buffers;
  for (let start = 0; start < 50; start += 2) source.noteSegment(0, start, true);
  buffer.ranges = [[0, 50]];
  buffer.capacity = 0;
  video.goOn(40);
  source.append(0, new ArrayBuffer(1));
  assert.deepEqual(buffer.log, ['remove 0-10']);
  for (const [start, keep] of [[10, 15], [24, 7.5], [32, 3.75], [36, 1.875], [38, 1]]) {
    buffer.ranges = [[start, 50]];
    buffer.finish();
    if (keep > 1) assert.equal(source.keepBehind, keep);
  }
  assert.equal(source.full, true);
  assert.equal(source.quotaErrors, 6);
  buffer.capacity = 1;
  source.tidy();
  assert.equal(source.full, false);
});

test('a stream that starts anew loses its queue and its past; the other goes on', async () => {
  const { source, buffers } = setUp({ streams: [{ id: 0, mime: 'a' }, { id: 1, mime: 'b' }] });
  const old = source.append(0, new ArrayBuffer(1));
  source.append(1, new ArrayBuffer(2));
  source.restart(0, 0, 'c');
  assert.equal(await old, false);
  assert.deepEqual(buffers[0].log, ['append 1', 'abort', 'abort', 'changeType c', 'remove 0-Infinity']);
  assert.deepEqual(buffers[1].log, ['append 2']);
});

test('another track overwrites what is buffered, and then the rest of the one before goes', async () => {
  const { source, buffers } = setUp({ streams: [{ id: 0, mime: 'a' }, { id: 1, mime: 'b' }] });
  const [picture, sound] = buffers;
  source.append(0, new ArrayBuffer(1));
  source.append(1, new ArrayBuffer(2));
  source.replace(1, 'c');
  source.append(1, new ArrayBuffer(3));
  source.keepOnly(1, 4, 6);
  source.append(1, new ArrayBuffer(5));
  await settled(); // the append that was under way has ended
  for (let i = 0; i < 4; i++) sound.finish();
  assert.deepEqual(sound.log, ['append 2', 'abort', 'abort', 'changeType c', 'append 3', 'remove 0-4', 'remove 6-Infinity', 'append 5']);
  assert.deepEqual(picture.log, ['append 1']);
});

test('the sound that plays is not overwritten, where there is enough of it', async () => {
  const at = ({ ranges, paused = false, rate = 1 }) => {
    const { source, buffers, video } = setUp();
    Object.assign(video, { paused, playbackRate: rate });
    video.goOn(10);
    buffers[0].ranges = ranges;
    return [source.replace(0, 'video/mp4'), buffers[0].appendWindowStart ?? 0];
  };
  assert.deepEqual(at({ ranges: [[4, 18]] }), [10.5, 10.5]);
  assert.deepEqual(at({ ranges: [[4, 18]], rate: 2 }), [11, 11]);
  assert.deepEqual(at({ ranges: [[4, 18]], paused: true }), [0, 0]);
  assert.deepEqual(at({ ranges: [[4, 10.7]] }), [0, 0]);
});

test('nothing is removed before the start or beyond the end of the film, where there is nothing', () => {
  const { source, buffers } = setUp();
  source.append(0, new ArrayBuffer(1));
  source.keepOnly(0, 0, 60);
  buffers[0].finish();
  assert.deepEqual(buffers[0].log, ['append 1']);
});
