import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginsWithSync } from '../moof.js';
import { full, NON_SYNC, segment, SYNC } from './moof-builder.js';

test('whether a segment begins with a sync sample', () => {
  const cases = [
    ['by the flags of the first sample', segment(full('tfhd', 0x20020, 1, NON_SYNC), full('trun', 0x5, 1, 99, SYNC)), true],
    ['by the flags of each sample', segment(full('tfhd', 0x20000, 1), full('trun', 0xf01, 1, 99, 40, 7, NON_SYNC, 0)), false],
    ['by the default of the fragment', segment(full('tfhd', 0x20038, 1, 40, 7, NON_SYNC), full('trun', 0x1, 1, 99)), false],
    ['behind a tfdt', segment(full('tfhd', 0x20020, 1, SYNC), full('tfdt', 0, 5), full('trun', 0x1, 1, 99)), true],
    ['not said', segment(full('tfhd', 0x20000, 1), full('trun', 0x1, 1, 99)), null],
    ['a later piece of a segment', new Uint8Array(64).buffer, null],
    ['a piece that ends in the moof', segment(full('tfhd', 0x20000, 1), full('trun', 0x5, 1, 99, SYNC)).slice(0, 60), null],
    ['nothing', new ArrayBuffer(3), null],
  ];
  for (const [name, bytes, want] of cases) assert.equal(beginsWithSync(bytes), want, name);
});
