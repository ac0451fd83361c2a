// Films for the tests, drawn by internal/testmedia/clip.sh and kept from run to
// run in the folder that the Go tests use too.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const recipe = fileURLToPath(new URL('../testmedia/clip.sh', import.meta.url));
const sample = fileURLToPath(new URL('../../media/sample.mp4', import.meta.url));
const cache = join(tmpdir(), 'vodsrv-testmedia');

const h264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '2', '-g', '50'];
const aac = ['-c:a', 'aac', '-b:a', '96k'];

/** Frames a second of every clip. */
export const FPS = 25;

const fragmented = ['-movflags', 'frag_keyframe+empty_moov+default_base_moof'];

/** The films by file name: seconds, then ffmpeg's options. The sample comes with the project. */
const films = {
  'progressive.mp4': [8, ...h264, ...aac],
  'fragmented.mp4': [8, ...h264, ...aac, ...fragmented],
  'delayed-moov.mp4': [8, ...h264, ...aac, '-movflags', 'frag_keyframe+delay_moov+default_base_moof'],
  'video-only.mp4': [8, ...h264, '-an'],
  'audio-only.m4a': [8, '-vn', ...aac],
  'mpeg4-part2.mp4': [8, '-c:v', 'mpeg4', ...aac],
  'fragmented-30s.mp4': [30, ...h264, ...aac, ...fragmented],
  // The second sound is silent, the third of another codec.
  'three-sounds.mp4': [30, '-map', '0:v', '-map', '1:a', '-map', '1:a', '-map', '1:a', ...h264, ...aac, '-c:a:2', 'libopus', '-strict', '-2',
    '-filter:a:1', 'volume=0', '-metadata:s:a:0', 'language=eng', '-metadata:s:a:1', 'language=deu', '-metadata:s:a:2', 'language=fra'],
};

/** Puts the named films into a new folder, and returns its path and a remover. */
export function mediaFolder(names) {
  const path = mkdtempSync(join(tmpdir(), 'vodsrv-media-'));
  for (const name of names) copyFileSync(filmPath(name), join(path, name));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** When the first frame of a film is shown, in seconds, as ffprobe tells. */
export function firstFrameTime(name) {
  const out = execFileSync('ffprobe', ['-v', 'error', '-select_streams', 'v:0', '-show_entries', 'packet=pts_time',
    '-of', 'json', filmPath(name)], { encoding: 'utf8' });
  return Math.min(...JSON.parse(out).packets.map((packet) => Number(packet.pts_time)));
}

function filmPath(name) {
  if (name === 'sample.mp4') return sample;
  const [seconds, ...args] = films[name];
  return clip(seconds, name.slice(name.lastIndexOf('.')), args);
}

/**
 * The path of a clip of some seconds, drawn with ffmpeg's options, that tests must not change. The
 * key is computed as in internal/testmedia, so that both share their clips.
 */
export function clip(seconds, extension, args) {
  const size = '640x360';
  const rate = String(FPS);
  const key = [readFileSync(recipe, 'utf8'), size, rate, String(seconds), ...args].join('\0');
  const path = join(cache, createHash('sha256').update(key).digest('hex').slice(0, 24) + extension);
  if (!existsSync(path)) {
    mkdirSync(cache, { recursive: true });
    execFileSync('sh', [recipe, path, String(seconds), ...args], {
      env: { ...process.env, CLIP_SIZE: size, CLIP_RATE: rate },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  }
  return path;
}
