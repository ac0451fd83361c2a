import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Preview } from '../preview.js';

test('pictures that come when the player is gone are not held', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const made = t.mock.method(URL, 'createObjectURL', () => 'blob:x');
  t.mock.method(URL, 'revokeObjectURL', () => {});
  const range = new EventTarget();
  const image = { removeAttribute: () => delete image.src };
  const player = new AbortController();
  const waiting = [];
  new Preview(range, image, () => new Promise((resolve) => waiting.push(resolve)), player.signal);
  const point = (time) => range.dispatchEvent(new CustomEvent('mediapreviewrequest', { detail: time }));
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  point(1);
  t.mock.timers.tick(60);
  waiting.pop()(new Blob(['a']));
  await settled();
  assert.equal(image.src, 'blob:x');
  point(2);
  t.mock.timers.tick(60);
  point(3);
  player.abort();
  waiting.pop()(new Blob(['b']));
  t.mock.timers.tick(60);
  await settled();
  assert.deepEqual([made.mock.callCount(), image.src, waiting.length], [1, undefined, 0]);
});
