import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Geometry } from '../virtual-list.js';

const grid = new Geometry({ columns: 3, width: 100, height: 80, columnGap: 10, rowGap: 20 });

test('entries lie in rows', () => {
  assert.deepEqual(grid.place(0), { left: 0, top: 0 });
  assert.deepEqual(grid.place(2), { left: 220, top: 0 });
  assert.deepEqual(grid.place(4), { left: 110, top: 100 });
});

test('the list is as high as its rows', () => {
  assert.equal(grid.totalHeight(0), 0);
  assert.equal(grid.totalHeight(3), 80);
  assert.equal(grid.totalHeight(4), 180);
});

test('only whole rows that are in view are shown', () => {
  assert.deepEqual(grid.between(0, 100, 100), [0, 3]);
  assert.deepEqual(grid.between(0, 101, 100), [0, 6]);
  assert.deepEqual(grid.between(199, 200, 100), [3, 6]);
  assert.deepEqual(grid.between(200, 201, 100), [6, 9]);
  assert.deepEqual(grid.between(200, 900, 7), [6, 7], 'to the end');
  assert.deepEqual(grid.between(-500, -100, 7), [0, 0], 'above it');
  assert.deepEqual(grid.between(900, 1000, 7), [7, 7], 'below it');
});
