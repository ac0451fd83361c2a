import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyChanges, compareEntries, progressText } from '../listing.js';

const video = (width, height) => [{ kind: 'video', codec: 'avc1', width, height }];
const entries = [
  { name: 'film 10', kind: 'video', size: 5, duration: 1, tracks: video(640, 360), modified: '2026-01-02T00:00:00Z' },
  { name: 'zoo', kind: 'dir' },
  { name: 'Film 2', kind: 'video', size: 9, duration: 3, tracks: video(320, 180), modified: '2026-01-03T00:00:00Z' },
  { name: 'ark', kind: 'dir' },
  { name: 'broken', kind: 'video', size: 1, modified: '2026-01-01T00:00:00Z' },
];

const order = (key, down = false) => [...entries].sort(compareEntries({ key, down })).map(({ name }) => name).join(', ');

test('names are in human order, folders first either way', () => {
  assert.equal(order('name'), 'ark, zoo, broken, Film 2, film 10');
  assert.equal(order('name', true), 'zoo, ark, film 10, Film 2, broken');
});

test('numbers are compared as numbers, equals by name', () => {
  assert.equal(order('size'), 'ark, zoo, broken, film 10, Film 2');
  assert.equal(order('duration', true), 'ark, zoo, Film 2, film 10, broken');
  assert.equal(order('picture'), 'ark, zoo, broken, Film 2, film 10');
  assert.equal(order('modified', true), 'ark, zoo, Film 2, film 10, broken');
});

test('changes are applied by path', () => {
  const map = new Map(entries.map((entry) => [entry.name, { ...entry, path: entry.name }]));
  applyChanges(map, { removed: ['zoo', 'unknown'] });
  applyChanges(map, { added: [{ path: 'new', name: 'new' }] });
  applyChanges(map, { changed: [{ path: 'broken', name: 'broken', size: 2 }] });
  assert.deepEqual([...map.keys()], ['film 10', 'Film 2', 'ark', 'broken', 'new']);
  assert.equal(map.get('broken').size, 2);
});

test('progress is told until all is read', () => {
  assert.equal(progressText({ indexed: 3, total: 10 }), 'Reading films: 3 of 10');
  assert.equal(progressText({ indexed: 10, total: 10 }), '');
  assert.equal(progressText({ indexed: 0, total: 0 }), '');
});
