import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byteSize, clockTime, codecName, codecSummary, codecWithName, day, resolution, speed, spokenTime } from '../format.js';

function table(name, f, rows) {
  test(name, () => {
    for (const [input, want] of rows) assert.equal(f(input), want, `${name}(${JSON.stringify(input)})`);
  });
}

table('clockTime', clockTime, [
  [0, '0:00'], [59.999, '0:59'], [60, '1:00'], [3599, '59:59'], [3600, '1:00:00'], [36061, '10:01:01'],
  [-1, '0:00'], [NaN, '–:––'], [Infinity, '–:––'], [undefined, '–:––'],
]);

table('spokenTime', spokenTime, [
  [0, '0 seconds'], [1, '1 second'], [61, '1 minute 1 second'], [7200, '2 hours'], [NaN, 'unknown'],
]);

table('byteSize', byteSize, [
  [0, '0 bytes'], [1, '1 byte'], [999, '999 bytes'], [1000, '1.0 KB'], [9949, '9.9 KB'], [9950, '10 KB'],
  [999499, '999 KB'], [999500, '1.0 MB'], [3.7e9, '3.7 GB'], [undefined, ''],
]);

table('codecName', codecName, [
  ['avc1.64001f', 'H.264'], ['hvc1.1.6.L93.B0', 'H.265'], ['av01.0.04M.08', 'AV1'], ['vp09.00.10.08', 'VP9'],
  ['mp4v.20.9', 'MPEG-4 Part 2'], ['mp4v.6C', 'JPEG'], ['mp4a.40.2', 'AAC'], ['mp4a.40.29', 'HE-AAC v2'],
  ['mp4a.6B', 'MP3'], ['mp4a.69', 'MP3'], ['mp4a.A9', 'DTS'], ['fLaC', 'FLAC'], ['Opus', 'Opus'], ['ac-3', 'Dolby Digital'],
  ['.mp3', 'MP3'], ['xyz1', ''], ['', ''], [undefined, ''],
]);

table('codecWithName', codecWithName, [
  ['mp4v.20.9', 'mp4v.20.9 (MPEG-4 Part 2)'], ['Opus', 'Opus'], ['xyz1', 'xyz1'],
]);

test('codecSummary names each codec once and passes over what is neither seen nor heard', () => {
  const tracks = [
    { kind: 'video', codec: 'avc1.64001f' }, { kind: 'audio', codec: 'mp4a.40.2' },
    { kind: 'audio', codec: 'mp4a.40.2' }, { kind: 'text', codec: 'tx3g' }, { kind: 'audio', codec: 'xyz1' },
  ];
  assert.equal(codecSummary(tracks), 'H.264, AAC, xyz1');
  assert.equal(codecSummary(undefined), '');
});

test('resolution is that of the largest picture, as it is shown', () => {
  const small = { kind: 'video', width: 320, height: 180 };
  assert.equal(resolution([small, { kind: 'video', width: 1920, height: 1080 }]), '1920 × 1080');
  assert.equal(resolution([{ kind: 'video', width: 1920, height: 1080, rotation: 270 }]), '1080 × 1920');
  assert.equal(resolution([{ kind: 'video', width: 1920, height: 1080, rotation: 180 }]), '1920 × 1080');
  assert.equal(resolution([{ kind: 'audio' }]), '');
  assert.equal(resolution(null), '');
});

test('a day that is none is left empty', () => {
  assert.match(day('2026-11-20T10:00:00Z'), /2026/);
  assert.equal(day('never'), '');
  assert.equal(day(undefined), '');
});

test('speed', () => {
  assert.equal(speed(1), '1×');
  assert.equal(speed(0.25), '0.25×');
});
