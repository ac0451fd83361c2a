import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pictures, previewTime } from '../keyframe.js';
import { tooMany } from '../picture-store.js';
import { OthersPlaying } from '../playing.js';
import { pictureOf, versionOf } from '../posters.js';

/** Pictures whose making the test ends by done(path, blob), in any order. */
function start({ kept = new Map(), busy = false } = {}) {
  const making = new Map();
  const begun = [];
  let quiet;
  const others = { busy, quiet: () => new Promise((resolve) => (quiet = resolve)) };
  const pictures = new Pictures({
    store: { get: async (key) => kept.get(key) ?? null, put: async (key, blob) => kept.set(key, blob) },
    others,
    make: ({ path }) => new Promise((resolve, reject) => {
      begun.push(path);
      making.set(path, { resolve, reject });
    }),
  });
  return { pictures, kept, begun, making, calm: () => Object.assign(others, { busy: false }) && quiet() };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('two are made at once, the others wait', async () => {
  const { pictures, begun, making } = start();
  const all = ['a', 'b', 'c'].map((path) => pictures.picture(path));
  await settled();
  assert.deepEqual(begun, ['a', 'b']);
  making.get('b').resolve('B');
  assert.equal(await all[1], 'B');
  await settled();
  assert.deepEqual(begun, ['a', 'b', 'c']);
});

test('a picture is made once for all who want it, and kept', async () => {
  const { pictures, kept, begun, making } = start();
  const both = [pictures.picture('a', { version: '1' }), pictures.picture('a', { version: '1' })];
  await settled();
  making.get('a').resolve('A');
  assert.deepEqual(await Promise.all(both), ['A', 'A']);
  assert.equal(await pictures.picture('a', { version: '1' }), 'A');
  assert.deepEqual(begun, ['a']);
  const again = start({ kept });
  assert.equal(await again.pictures.picture('a', { version: '1' }), 'A');
  assert.deepEqual(again.begun, []);
  again.pictures.picture('a', { version: '2' });
  await settled();
  assert.deepEqual(again.begun, ['a'], 'of another file under its name');
});

test('what is not wanted any more is not made', async () => {
  const { pictures, begun, making } = start();
  const controller = new AbortController();
  pictures.picture('a');
  pictures.picture('b');
  const gone = pictures.picture('c', { signal: controller.signal });
  const wanted = [pictures.picture('d', { signal: controller.signal }), pictures.picture('d')];
  await settled();
  controller.abort();
  assert.equal(await gone, null);
  making.get('a').resolve('A');
  await settled();
  assert.deepEqual(begun, ['a', 'b', 'd'], 'somebody else wants d');
  making.get('d').resolve('D');
  assert.equal(await wanted[1], 'D');
});

test('while other pages play, only what somebody waits for is made', async () => {
  const { pictures, begun, making, calm } = start({ busy: true });
  pictures.picture('a');
  pictures.picture('b', { urgent: true });
  await settled();
  assert.deepEqual(begun, ['b']);
  calm();
  await settled();
  assert.deepEqual(begun, ['b', 'a']);
  making.get('b').resolve(null);
});

test('a film without a picture is not asked for again, one that got no answer is', async () => {
  const { pictures, begun, making } = start();
  const [none, failed] = [pictures.picture('a'), pictures.picture('b')];
  await settled();
  making.get('a').resolve(null);
  making.get('b').reject(new Error('busy'));
  assert.deepEqual(await Promise.all([none, failed]), [null, null]);
  pictures.picture('a');
  pictures.picture('b');
  await settled();
  assert.deepEqual(begun, ['a', 'b', 'b']);
});

test('near moments share a preview', () => {
  assert.deepEqual([0, 1.9, 2, 59.9].map((time) => previewTime(time, 60)), [1, 1, 3, 59]);
  assert.equal(previewTime(3599, 3600), 3588);
  assert.equal(previewTime(5, NaN), 5);
});

test('the pictures used longest ago make room', () => {
  const notes = new Map([['a', 40, 3], ['b', 40, 1], ['c', 40, 2], ['d', 5, 4]].map(([key, bytes, used]) => [key, { key, bytes, used }]));
  assert.deepEqual(tooMany(notes, 125), []);
  assert.deepEqual(tooMany(notes, 100), ['b'], 'and no more than needed');
  assert.deepEqual(tooMany(notes, 90), ['b', 'c']);
});

test('other pages are believed for a while', async () => {
  let now = 0;
  const line = {};
  const others = new OthersPlaying(line, () => now);
  assert.equal(others.busy, false);
  await others.quiet();
  line.onmessage({ data: { playing: true } });
  assert.equal(others.busy, true);
  const quiet = others.quiet();
  line.onmessage({ data: { playing: false } });
  await quiet;
  assert.equal(others.busy, false);
  line.onmessage({ data: { playing: true } });
  now = 60_000;
  assert.equal(others.busy, false, 'a page may be gone without a word');
  line.onmessage({ data: { playing: false } });
});

test('what there is a picture of', () => {
  const video = { kind: 'video', codec: 'avc1', playable: true };
  const all = () => true;
  for (const [name, entry, plays, want] of [
    ['a film', { kind: 'video', state: 'ready', tracks: [video] }, all, 'frame'],
    ['cover art', { kind: 'audio', state: 'ready', cover: true, tracks: [] }, all, 'cover'],
    ['sound', { kind: 'audio', state: 'ready', tracks: [{ kind: 'audio', codec: 'mp4a', playable: true }] }, all, ''],
    ['a codec that this browser lacks', { kind: 'video', state: 'ready', tracks: [video] }, () => false, ''],
    ['what MSE cannot carry', { kind: 'video', state: 'ready', tracks: [{ ...video, playable: false }] }, all, ''],
    ['a folder', { kind: 'dir', state: 'ready', tracks: [] }, all, ''],
    ['a bad file', { kind: 'video', state: 'invalid', cover: true, tracks: [video] }, all, ''],
  ]) {
    assert.equal(pictureOf(entry, plays), want, name);
  }
  assert.notEqual(versionOf({ size: 1, modified: 'x' }), versionOf({ size: 2, modified: 'x' }));
  assert.equal(versionOf({ size: 1, modified: 'x', state: 'growing' }), '', 'nothing is kept of what grows');
});
