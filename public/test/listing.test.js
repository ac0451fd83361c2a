import assert from 'node:assert/strict';
import { test } from 'node:test';
import { belongs, compareEntries, folderOf, matches, nameKey, progressText } from '../listing.js';

const entries = [
  { name: 'film 10', path: 'film%2010', kind: 'video', size: 5, duration: 1, modified: '2026-01-02T00:00:00.1Z' },
  { name: 'zoo', path: 'zoo', kind: 'dir' },
  { name: 'Film 2', path: 'Film%202', kind: 'video', size: 9, duration: 3, modified: '2026-01-02T00:00:00.12Z' },
  { name: 'ark', path: 'ark', kind: 'dir' },
  { name: 'broken', path: 'broken', kind: 'video', size: 1, modified: '2026-01-02T00:00:00Z' },
  { name: 'copy', path: 'copy', kind: 'video', size: 1, modified: '2026-01-01T10:00:00Z' },
];

const sorted = (sort, order = 'asc') => [...entries].sort(compareEntries({ sort, order })).map(({ name }) => name).join(', ');

test('folders come first either way, names decide between equals', () => {
  assert.equal(sorted('name'), 'ark, zoo, broken, copy, Film 2, film 10');
  assert.equal(sorted('name', 'desc'), 'zoo, ark, film 10, Film 2, copy, broken');
  assert.equal(sorted('size'), 'ark, zoo, broken, copy, film 10, Film 2');
  assert.equal(sorted('size', 'desc'), 'zoo, ark, Film 2, film 10, copy, broken');
  assert.equal(sorted('duration', 'desc'), 'zoo, ark, Film 2, film 10, copy, broken');
  assert.equal(sorted('modified'), 'ark, zoo, copy, broken, film 10, Film 2');
});

// The same list as in server/library/query_test.go.
test('names are in the order of the server', () => {
  const ordered = ['', '0', '00', '01', '1', '2', '10', '10a', '99999999999999999998', '99999999999999999999',
    'a', 'a1', 'a1b2', 'a1b10', 'a2', 'ab', 'B', 'b1', '\uFFFD'];
  const compare = compareEntries({ sort: 'name', order: 'asc' });
  for (const [i, a] of ordered.entries()) {
    for (const [j, b] of ordered.entries()) {
      const got = compare({ name: a, path: a, kind: 'video' }, { name: b, path: b, kind: 'video' });
      assert.equal(Math.sign(got), Math.sign(i - j), `"${a}" and "${b}"`);
    }
  }
});

test('numbers in names count as numbers', () => {
  assert.ok(nameKey('Part 2') < nameKey('part 10'));
  assert.equal(nameKey('part 07'), nameKey('Part 7'));
});

test('a search wants every word, wherever it stands', () => {
  for (const [search, want] of [['', true], ['film', true], ['two  MY', true], ['three', false], ['film three', false]]) {
    assert.equal(matches('My Film Two.mp4', search), want, search);
  }
});

test('what belongs into a listing', () => {
  const entry = { path: 'a%20b/c/film.mp4', name: 'film.mp4' };
  assert.equal(folderOf(entry.path), 'a%20b/c');
  assert.equal(folderOf('film.mp4'), '');
  for (const [folder, search, want] of [
    ['a%20b/c', '', true], ['a%20b', '', false], ['', '', false],
    ['a%20b', 'film', true], ['', 'film', true], ['a%20b/c', 'other', false], ['a%20', 'film', false],
  ]) {
    assert.equal(belongs(entry, folder, search), want, `${folder} ${search}`);
  }
});

test('progress is told until all is read', () => {
  assert.equal(progressText({ indexed: 3, total: 10 }), 'Reading films: 3 of 10');
  assert.equal(progressText({ indexed: 10, total: 10 }), '');
  assert.equal(progressText({ indexed: 0, total: 0 }), '');
});
