import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferQueue } from '../buffer-queue.js';
import { FakeSourceBuffer } from './fakes.js';

const bytes = (n) => new ArrayBuffer(n);

function setUp({ evict = () => null } = {}) {
  const buffer = new FakeSourceBuffer();
  const failures = [];
  const queue = new BufferQueue({ evict, changed() {}, failed: (error, kind) => failures.push(`${kind}: ${error.message}`) });
  return { buffer, queue, failures };
}

test('one operation at a time, in order', async () => {
  const { buffer, queue } = setUp();
  queue.attach(buffer);
  const first = queue.append(bytes(1));
  queue.remove(0, 5);
  queue.append(bytes(2));
  assert.deepEqual(buffer.log, ['append 1']);
  buffer.finish();
  assert.deepEqual(buffer.log, ['append 1', 'remove 0-5']);
  buffer.finish();
  assert.deepEqual(buffer.log, ['append 1', 'remove 0-5', 'append 2']);
  assert.equal(await first, true);
  assert.equal(queue.empty, false);
  buffer.finish();
  assert.equal(queue.empty, true);
});

test('what is queued before the buffer exists waits for it', () => {
  const { buffer, queue } = setUp();
  queue.append(bytes(1));
  queue.changeType('video/mp4');
  assert.deepEqual(buffer.log, []);
  queue.attach(buffer);
  assert.deepEqual(buffer.log, ['append 1']);
  buffer.finish();
  assert.deepEqual(buffer.log, ['append 1', 'changeType video/mp4']);
});

test('reset in the middle of an append throws it and the rest away', async () => {
  const { buffer, queue } = setUp();
  queue.attach(buffer);
  const old = [queue.append(bytes(1)), queue.append(bytes(2))];
  queue.reset();
  queue.remove(0, Infinity);
  const fresh = queue.append(bytes(3));
  assert.deepEqual(await Promise.all(old), [false, false]);
  assert.deepEqual(buffer.log, ['append 1', 'abort', 'abort', 'remove 0-Infinity']);
  buffer.finish();
  buffer.finish();
  assert.equal(await fresh, true);
  assert.equal(buffer.log.at(-1), 'append 3');
});

test('reset waits for a removal, which cannot be stopped', () => {
  const { buffer, queue } = setUp();
  queue.attach(buffer);
  queue.remove(0, 5);
  queue.reset();
  assert.deepEqual(buffer.log, ['remove 0-5']);
  buffer.finish();
  assert.deepEqual(buffer.log, ['remove 0-5', 'abort']);
});

test('what was emptied is not emptied again', () => {
  const { buffer, queue } = setUp();
  queue.attach(buffer);
  queue.remove(0, Infinity);
  assert.deepEqual(buffer.log, []);
  queue.append(bytes(1));
  buffer.finish();
  for (let i = 0; i < 2; i++) {
    queue.reset();
    queue.remove(0, Infinity);
  }
  buffer.finish();
  assert.equal(queue.empty, true);
  assert.deepEqual(buffer.log, ['append 1', 'abort', 'remove 0-Infinity', 'abort']);
});

test('abort is harmless once all is sent', () => {
  const { buffer, queue, failures } = setUp();
  queue.attach(buffer);
  buffer.parentEnded = true;
  queue.reset();
  assert.equal(queue.empty, true);
  assert.deepEqual(failures, []);
});

test('a full buffer is emptied behind the playhead, and the same bytes tried again', async () => {
  const { buffer, queue, failures } = setUp({ evict: () => 8 });
  queue.attach(buffer);
  buffer.capacity = 10;
  buffer.held = 6;
  const appended = queue.append(bytes(5));
  queue.append(bytes(1));
  assert.deepEqual(buffer.log, ['remove 0-8']);
  buffer.finish();
  assert.deepEqual(buffer.log, ['remove 0-8', 'append 5']);
  buffer.finish();
  assert.equal(await appended, true);
  assert.equal(buffer.log.at(-1), 'append 1');
  assert.deepEqual(failures, []);
});

test('a full buffer with nothing to evict waits until it is told to retry', async () => {
  const { buffer, queue } = setUp();
  queue.attach(buffer);
  buffer.capacity = 4;
  buffer.held = 4;
  const appended = queue.append(bytes(3));
  assert.equal(queue.full, true);
  assert.equal(queue.empty, false);
  queue.append(bytes(1));
  assert.deepEqual(buffer.log, []);
  queue.retry();
  assert.equal(queue.full, true);
  buffer.held = 0;
  queue.retry();
  assert.equal(queue.full, false);
  buffer.finish();
  assert.equal(await appended, true);
  assert.deepEqual(buffer.log, ['append 3', 'append 1']);
});

test('reset frees a queue that is full', async () => {
  const { buffer, queue } = setUp();
  queue.attach(buffer);
  buffer.capacity = 0;
  const appended = queue.append(bytes(3));
  queue.reset();
  assert.equal(await appended, false);
  assert.equal(queue.full, false);
  assert.deepEqual(buffer.log, ['abort']);
});

test('a refused fragment is reported, and the next operation still comes', async () => {
  const { buffer, queue, failures } = setUp();
  queue.attach(buffer);
  const appended = queue.append(bytes(1));
  queue.remove(0, 1);
  buffer.fail();
  assert.equal(await appended, false);
  assert.equal(failures.length, 1);
  assert.deepEqual(buffer.log, ['append 1', 'remove 0-1']);
});

test('what failed is told with what was to be done, and the next operation still comes', async () => {
  const { buffer, queue, failures } = setUp();
  queue.attach(buffer);
  buffer.remove = () => {
    throw new TypeError('no duration');
  };
  buffer.changeType = () => {
    throw new Error('no such type');
  };
  const done = [queue.remove(0, 1), queue.changeType('x'), queue.append(bytes(1))];
  buffer.fail();
  assert.deepEqual(await Promise.all(done), [false, false, false]);
  assert.deepEqual(failures, ['remove: no duration', 'changeType: no such type', 'append: The browser refused a fragment.']);
});

test('a failure is told behind all that was asked for at once, and not when the queue was closed meanwhile', async () => {
  const { buffer, queue, failures } = setUp();
  queue.attach(buffer);
  buffer.remove = () => {
    throw new TypeError('no duration');
  };
  const done = queue.remove(0, 1);
  assert.deepEqual(failures, []);
  queue.close();
  await done;
  assert.deepEqual(failures, []);
});

test('appends are held while the browser wants none, and what comes after them too', () => {
  const { buffer, queue } = setUp();
  queue.attach(buffer);
  queue.hold(true);
  queue.append(bytes(1));
  queue.remove(0, 1);
  assert.deepEqual(buffer.log, []);
  queue.hold(false);
  assert.deepEqual(buffer.log, ['append 1']);
});

test('changeType is done at once', async () => {
  const { buffer, queue } = setUp();
  queue.attach(buffer);
  assert.equal(await queue.changeType('video/mp4'), true);
  assert.deepEqual(buffer.log, ['changeType video/mp4']);
});

test('a closed queue answers all that waits, and no longer listens', async () => {
  const { buffer, queue, failures } = setUp();
  queue.attach(buffer);
  const appends = [queue.append(bytes(1)), queue.append(bytes(2))];
  queue.close();
  queue.close();
  buffer.fail();
  assert.deepEqual(await Promise.all(appends), [false, false]);
  assert.deepEqual(failures, []);
  assert.deepEqual(buffer.log, ['append 1']);
});
