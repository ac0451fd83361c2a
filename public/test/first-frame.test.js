import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whenSeen } from '../first-frame.js';
import { FakeVideo } from './fakes.js';

/** A video element that has nothing yet; frame() shows one. */
function setUp({ videoWidth, tellsFrames = true }) {
  const video = Object.assign(new FakeVideo(), { readyState: 0, videoWidth });
  const callbacks = [];
  if (tellsFrames) video.requestVideoFrameCallback = (callback) => callbacks.push(callback);
  return { video, load: () => {
    video.readyState = 2;
    video.emit('loadeddata');
    video.emit('playing');
  }, frame: () => callbacks.splice(0).forEach((callback) => callback()) };
}

test('a film is seen when its frame is, not when the element says that it plays', () => {
  const { video, load, frame } = setUp({ videoWidth: 320 });
  let seen = 0;
  whenSeen(video, () => seen++);
  load();
  assert.equal(seen, 0);
  frame();
  load();
  assert.equal(seen, 1);
});

test('sound alone, and what no frame is told of, is there when it can play', () => {
  for (const kind of [{ videoWidth: 0 }, { videoWidth: 320, tellsFrames: false }]) {
    const { video, load } = setUp(kind);
    let seen = 0;
    whenSeen(video, () => seen++);
    assert.equal(seen, 0);
    load();
    assert.equal(seen, 1);
    whenSeen(video, () => seen++);
    assert.equal(seen, 2, 'it plays already');
  }
});

test('who has left is not told', () => {
  const { video, load, frame } = setUp({ videoWidth: 0 });
  const left = new AbortController();
  whenSeen(video, () => assert.fail(), left.signal);
  left.abort();
  load();
  frame();
});
