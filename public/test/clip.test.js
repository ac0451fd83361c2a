import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTime, readClip, writeTime } from '../clip.js';

test('times as people write them', () => {
  for (const [text, seconds] of [
    ['75', 75], ['75.5', 75.5], ['1:02', 62], [' 1:02:03.5 ', 3723.5], ['1:2,5', 62.5], ['0:00', 0], ['90:00', NaN], ['1:99', NaN],
    ['', NaN], ['x', NaN], ['-1', NaN], ['1::2', NaN], ['1e3', NaN],
  ]) {
    assert.equal(parseTime(text), seconds, text);
  }
});

test('times are written so that they can be read', () => {
  for (const [seconds, text] of [[0, '0:00'], [62.54, '1:02.5'], [59.96, '1:00'], [3723, '1:02:03'], [-1, '0:00']]) {
    assert.equal(writeTime(seconds), text);
    assert.ok(Math.abs(parseTime(text) - Math.max(0, seconds)) <= 0.05, text);
  }
});

test('a clip lies in the film', () => {
  assert.deepEqual(readClip('1:00', '1:30.5', 100), { from: 60, to: 90.5 });
  assert.deepEqual(readClip('1:00', '9:00', NaN), { from: 60, to: 540 }, 'of a film of unknown length');
  for (const [from, to] of [['x', '5'], ['5', ''], ['5', '5'], ['6', '5'], ['100', '101']]) {
    assert.match(readClip(from, to, 100).wrong, /\.$/, `${from} to ${to}`);
  }
});
