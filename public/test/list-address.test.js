import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAddress, writeAddress } from '../list-address.js';

test('an address is read as far as it makes sense', () => {
  assert.deepEqual(readAddress(''), { q: '', sort: 'name', order: 'asc', view: '' });
  assert.deepEqual(readAddress('?q=+a%20b+&sort=size&order=desc&view=table'), { q: 'a b', sort: 'size', order: 'desc', view: 'table' });
  assert.deepEqual(readAddress('?sort=toString&order=up&view=big'), { q: '', sort: 'name', order: 'asc', view: '' });
});

test('an address says what is not taken for granted', () => {
  assert.equal(writeAddress({ q: '', sort: 'name', order: 'asc' }), '');
  assert.equal(writeAddress({ q: 'a b', sort: 'size', order: 'desc', view: 'table' }), '?q=a+b&sort=size&order=desc&view=table');
  assert.equal(writeAddress({ q: '', sort: 'name', order: 'asc' }, { after: 'a%20b', limit: 2 }), '?after=a%2520b&limit=2');
});

test('an address that was written is read as what it was', () => {
  const query = { q: 'ä & b', sort: 'duration', order: 'desc', view: 'grid' };
  assert.deepEqual(readAddress(writeAddress(query)), query);
});
