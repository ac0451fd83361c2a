// Writes a film as fast as it is played, as what records one does.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { clip } from './fixtures.mjs';

/** Frames in each fragment of a recording. */
export const GROUP = 50;

/** Has ffmpeg write a film of some seconds to path as fast as it is played. The recorder ends with the test. */
export function record(t, path, seconds) {
  const source = clip(seconds, '.mp4', ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '0', '-g', String(GROUP),
    '-keyint_min', String(GROUP), '-sc_threshold', '0', '-c:a', 'aac', '-b:a', '96k']);
  const recorder = spawn('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-nostdin', '-re', '-i', source, '-c', 'copy',
    '-movflags', 'frag_keyframe+empty_moov+default_base_moof', '-flush_packets', '1', path], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise((resolve) => recorder.once('exit', resolve));
  t.after(() => {
    recorder.kill('SIGKILL');
    return ended;
  });
  return { recorder, ended };
}

/** How many fragments are whole in a film that is being written. */
export function wholeFragments(path) {
  if (!existsSync(path)) return 0;
  const bytes = readFileSync(path);
  let count = 0;
  for (let at = 0; at + 8 <= bytes.length;) {
    const size = bytes.readUInt32BE(at);
    if (bytes.toString('latin1', at + 4, at + 8) === 'mdat' && at + size <= bytes.length) count++;
    at += Math.max(8, size);
  }
  return count;
}

/** Resolves after some time. */
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until so many fragments are whole. */
export async function fragmentsWritten(path, count) {
  for (let tries = 0; wholeFragments(path) < count; tries++) {
    assert.ok(tries < 200, `no ${count} fragments after 20 s`);
    await pause(100);
  }
}
