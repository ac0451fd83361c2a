import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PictureStore } from '../picture-store.js';

/** A request of IndexedDB that answers, or fails, when it is listened to. */
function request(result, error = null) {
  const made = { result, error };
  queueMicrotask(() => (error ? made.onerror() : made.onsuccess()));
  return made;
}

test('a picture is had though the notes cannot be read, and nothing is left unhandled', async (t) => {
  const unhandled = [];
  const hear = (reason) => unhandled.push(reason);
  process.on('unhandledRejection', hear);
  t.after(() => process.off('unhandledRejection', hear));
  let reads = 0;
  const stores = { blobs: { get: () => request('picture') }, notes: { getAll: () => (reads++, request(null, new Error('disk'))) } };
  globalThis.indexedDB = { open: () => request({ transaction: (name) => ({ objectStore: () => stores[name] }) }) };
  t.after(() => delete globalThis.indexedDB);
  const store = new PictureStore();
  for (let i = 0; i < 2; i++) {
    assert.equal(await store.get('k'), 'picture');
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(unhandled, []);
  assert.equal(reads, 2, 'they are tried again');
});
