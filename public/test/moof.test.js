import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginsWithSync } from '../moof.js';

const u32 = (n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
const box = (type, ...content) => {
  const bytes = content.flat();
  return [...u32(bytes.length + 8), ...[...type].map((letter) => letter.charCodeAt(0)), ...bytes];
};
const full = (type, flags, ...fields) => box(type, u32(flags), ...fields.map(u32));
const segment = (...traf) => new Uint8Array([box('moof', full('mfhd', 0, 1), box('traf', ...traf)), box('mdat', [1, 2])].flat()).buffer;

const SYNC = 0x2000000;
const OTHER = 0x1010000;

test('whether a segment begins with a sync sample', () => {
  const cases = [
    ['by the flags of the first sample', segment(full('tfhd', 0x20020, 1, OTHER), full('trun', 0x5, 1, 99, SYNC)), true],
    ['by the flags of each sample', segment(full('tfhd', 0x20000, 1), full('trun', 0xf01, 1, 99, 40, 7, OTHER, 0)), false],
    ['by the default of the fragment', segment(full('tfhd', 0x20038, 1, 40, 7, OTHER), full('trun', 0x1, 1, 99)), false],
    ['behind a tfdt', segment(full('tfhd', 0x20020, 1, SYNC), full('tfdt', 0, 5), full('trun', 0x1, 1, 99)), true],
    ['not said', segment(full('tfhd', 0x20000, 1), full('trun', 0x1, 1, 99)), null],
    ['a later piece of a segment', new Uint8Array(64).buffer, null],
    ['a piece that ends in the moof', segment(full('tfhd', 0x20000, 1), full('trun', 0x5, 1, 99, SYNC)).slice(0, 60), null],
    ['nothing', new ArrayBuffer(3), null],
  ];
  for (const [name, bytes, want] of cases) assert.equal(beginsWithSync(bytes), want, name);
});
