import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spoken } from '../upload-panel.js';

test('what is said of an upload changes with each quarter, and with what becomes of it', () => {
  const file = { size: 1000 };
  const said = (upload, text = '') => spoken({ name: 'a.mp4', file, sent: 0, ...upload }, text);
  const sending = [0, 100, 249, 250, 400, 500, 999, 1000].map((sent) => said({ state: 'sending', sent }, `${sent} B of 1 KB`));
  assert.deepEqual([...new Set(sending)], ['a.mp4 is being sent.', 'a.mp4: 25 % sent', 'a.mp4: 50 % sent', 'a.mp4: 75 % sent', 'a.mp4: 100 % sent']);
  assert.equal(said({ state: 'waiting' }, 'Waits'), '');
  assert.equal(said({ state: 'done' }, 'Done, 1 KB'), 'a.mp4: Done, 1 KB');
  assert.equal(said({ state: 'sending', file: { size: 0 } }), 'a.mp4: 100 % sent');
});
