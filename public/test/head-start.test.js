import assert from 'node:assert/strict';
import { test } from 'node:test';

test('what a session tells is kept until there is someone to tell', async () => {
  globalThis.customElements ??= { get() {} };
  const { Relay } = await import('../head-start.js');
  const relay = new Relay(['note', 'opened']);
  relay.note('a');
  relay.opened({ epoch: 0 });
  const told = [];
  relay.connect({ note: (text) => told.push(text), opened: ({ epoch }) => told.push(epoch) });
  relay.note('b');
  assert.deepEqual(told, ['a', 0, 'b']);
});
