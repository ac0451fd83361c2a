import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aheadOf, lastEnd, rangeAfter, rangeAt, toList } from '../ranges.js';
import { timeRanges } from './fakes.js';

const list = [{ start: 0, end: 4 }, { start: 6, end: 10 }];

test('TimeRanges become a list', () => {
  assert.deepEqual(toList(timeRanges([[0, 4], [6, 10]])), list);
  assert.deepEqual(toList(timeRanges([])), []);
});

test('a range holds its start and not its end', () => {
  for (const [time, start] of [[0, 0], [3.999, 0], [4, null], [5, null], [6, 6], [10, null]]) {
    assert.equal(rangeAt(list, time)?.start ?? null, start, `at ${time}`);
  }
});

test('the next range is the first that begins later', () => {
  for (const [time, start] of [[-1, 0], [0, 6], [5, 6], [6, null], [11, null]]) {
    assert.equal(rangeAfter(list, time)?.start ?? null, start, `after ${time}`);
  }
});

test('what lies ahead ends at the first gap', () => {
  for (const [time, ahead] of [[0, 4], [3, 1], [4, 0], [5, 0], [6, 4], [20, 0]]) {
    assert.equal(aheadOf(list, time), ahead, `at ${time}`);
  }
});

test('the end of nothing is 0', () => {
  assert.equal(lastEnd(list), 10);
  assert.equal(lastEnd([]), 0);
});
