import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filmQuery, firstFilm, listAddress, listOf, neighbours } from '../queue.js';

test('the list that a film was chosen from', () => {
  for (const [path, search, want, address] of [
    ['film.mp4', '', { folder: '', q: '', sort: 'name', order: 'asc', all: false }, '.'],
    ['a%20b/film.mp4', '?t=5&all=1', { folder: 'a%20b', q: '', sort: 'name', order: 'asc', all: true }, 'browse/a%20b/'],
    ['a/b/film.mp4', '?sort=size&order=desc', { folder: 'a/b', q: '', sort: 'size', order: 'desc', all: false }, 'browse/a/b/?sort=size&order=desc'],
    ['a/b/film.mp4', '?q=film&in=a', { folder: 'a', q: 'film', sort: 'name', order: 'asc', all: false }, 'browse/a/?q=film'],
    ['a/b/film.mp4', '?q=film&in=%2F', { folder: '', q: 'film', sort: 'name', order: 'asc', all: false }, '.?q=film'],
  ]) {
    const list = listOf(path, search);
    assert.deepEqual(list, want, search);
    assert.equal(listAddress(list), address, search);
    assert.deepEqual(listOf(path, filmQuery(list)), want, 'another film of it leads back to it');
  }
});

const names = ['1', '2', 'bad', '3'];
const plays = ({ name }) => name !== 'bad';

/** Answers as the server would, two entries at a time. */
async function fetchList(address) {
  const { pathname, searchParams } = new URL(address, 'http://host/');
  assert.equal(pathname, '/api/list/folder');
  const all = ['dir', ...(searchParams.get('order') === 'desc' ? names.toReversed() : names)];
  const after = searchParams.get('after');
  const rest = after ? all.slice(all.indexOf(after) + 1) : all;
  const entries = rest.slice(0, 2).map((name) => ({ name, path: name, kind: name === 'dir' ? 'dir' : 'video' }));
  return { entries, next: rest.length > 2 ? entries[1].path : '' };
}

test('neighbours are the nearest that play', async () => {
  const list = { folder: 'folder', q: '', sort: 'name', order: 'asc' };
  for (const [of, previous, next] of [['1', undefined, '2'], ['2', '1', '3'], ['3', '2', undefined], ['bad', '2', '3']]) {
    const found = await neighbours(list, of, plays, fetchList);
    assert.deepEqual([found.previous?.name, found.next?.name], [previous, next], of);
  }
  const back = await neighbours({ ...list, order: 'desc' }, '2', plays, fetchList);
  assert.deepEqual([back.previous.name, back.next.name], ['3', '1']);
  assert.equal((await firstFilm(list, '', plays, fetchList)).name, '1', 'folders are no films');
});
