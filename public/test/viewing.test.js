import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Viewing } from '../viewing.js';

function start(t, more = {}) {
  const media = Object.assign(new EventTarget(), { currentTime: 0, duration: 100, ended: false, seeking: false });
  const kept = [];
  const viewing = new Viewing({ remember: (path, place) => kept.push([path, place]) }, media, 'film', { size: 7, ...more });
  t.after(() => viewing.stop());
  const at = (time, event, more = {}) => {
    Object.assign(media, { currentTime: time, ...more });
    media.dispatchEvent(new Event(event));
  };
  return { viewing, kept, at };
}

test('a place is kept while the film plays, when it is left, and at its end', (t) => {
  const { viewing, kept, at } = start(t);
  at(0, 'playing');
  at(1, 'timeupdate');
  at(2, 'timeupdate');
  assert.deepEqual(kept, [['film', { time: 1, duration: 100, size: 7, growing: false }]], 'not all the time');
  at(3, 'pause');
  at(50, 'seeked');
  at(99, 'ended', { ended: true });
  viewing.stop();
  assert.deepEqual(kept.map(([, { time }]) => time), [1, 3, 50, 100, 100]);
  at(5, 'pause');
  assert.equal(kept.length, 5, 'nothing is kept after the end');
});

test('before it plays, nothing is kept', (t) => {
  const { viewing, kept, at } = start(t);
  at(0, 'timeupdate');
  at(0, 'pause');
  viewing.stop();
  assert.deepEqual(kept, []);
});

test('where a seek goes to is a place only when it is there', (t) => {
  const { kept, at } = start(t);
  at(0, 'playing');
  at(60, 'timeupdate', { seeking: true });
  assert.deepEqual(kept, []);
});

test('a film that grows is known as such', (t) => {
  const { viewing, kept, at } = start(t);
  viewing.learn({ size: 9, state: 'growing' });
  at(0, 'playing');
  at(8, 'pause', { duration: Infinity });
  assert.deepEqual(kept, [['film', { time: 8, duration: 8, size: 9, growing: true }]]);
});

test('a film that plays already has begun', (t) => {
  const { kept, at } = start(t, { begun: true });
  at(9, 'pause');
  assert.deepEqual(kept.map(([, { time }]) => time), [9]);
});
