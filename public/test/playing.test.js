import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OthersPlaying, tellWhilePlaying } from '../playing.js';

test('where pages may not hear each other, a film plays all the same', async (t) => {
  const { BroadcastChannel } = globalThis;
  globalThis.BroadcastChannel = class {
    constructor() {
      throw Object.assign(new Error('The operation is insecure.'), { name: 'SecurityError' });
    }
  };
  t.after(() => (globalThis.BroadcastChannel = BroadcastChannel));
  tellWhilePlaying(new EventTarget());
  const others = new OthersPlaying();
  assert.equal(others.busy, false);
  await others.quiet();
});
