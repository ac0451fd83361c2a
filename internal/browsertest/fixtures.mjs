// Films for the tests, drawn by internal/testmedia/clip.sh and kept from run to
// run in the folder that the Go tests use too.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const recipe = fileURLToPath(new URL('../testmedia/clip.sh', import.meta.url));
const sample = fileURLToPath(new URL('../../media/sample.mp4', import.meta.url));
/** Where tests keep what they made. */
export const cache = join(tmpdir(), 'vodsrv-testmedia');

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
  // Sound from the sixth second on; a picture of six seconds under forty of sound.
  'late-sound.mp4': [12, ...h264, ...aac, '-filter:a', 'atrim=start=6'],
  'short-picture.mp4': [40, ...h264, ...aac, '-filter:v', 'trim=end=6'],
  // The second sound is silent, the third of another codec.
  'three-sounds.mp4': [30, '-map', '0:v', '-map', '1:a', '-map', '1:a', '-map', '1:a', ...h264, ...aac, '-c:a:2', 'libopus', '-strict', '-2',
    '-filter:a:1', 'volume=0', '-metadata:s:a:0', 'language=eng', '-metadata:s:a:1', 'language=deu', '-metadata:s:a:2', 'language=fra'],
  // Some frames are shown for 40 ms, some for 80, some for more than half a second.
  'variable-rate.mp4': [20, ...h264, '-bf', '0', ...aac, '-vf', "select='gt(mod(n,7),1)*lt(mod(n,50),35)'", '-vsync', 'vfr'],
  'variable-rate-reordered.mp4': [20, ...h264, '-x264-params', 'b-adapt=0', ...aac, '-vf', "select='gt(mod(n,7),1)*lt(mod(n,50),35)'", '-vsync', 'vfr'],
  // One key frame, as of an encoder that was told nothing: whoever comes in later sees nothing.
  'one-group.mp4': [16, ...h264, '-g', '1000', '-keyint_min', '1000', '-sc_threshold', '0', ...aac],
  // One key frame. The frames of copies of it carry the same numbers again and again.
  'minute.mp4': [{ seconds: 60, size: '160x90', rate: 5 }, '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '38', '-g', '300',
    '-keyint_min', '300', '-sc_threshold', '0', '-c:a', 'aac', '-ar', '16000', '-ac', '1', '-b:a', '8k'],
};

/** Films made of another one without drawing anew: which, ffmpeg's options before it, and those for the copy. */
const copies = {
  'sound-a-second-late.mp4': ['sample.mp4', ['-i', sample, '-itsoffset', '1'], ['-map', '0:v', '-map', '1:a', '-t', '24']],
  'other-sounds.mp4': ['three-sounds.mp4', [], ['-map', '0', '-metadata:s:a:0', 'language=spa', '-metadata:s:a:1', 'language=ita']],
  'ten-hours.mp4': ['minute.mp4', ['-stream_loop', '599'], []],
};

/** Puts the named films into a new folder, and returns its path and a remover. */
export function mediaFolder(names) {
  const path = mkdtempSync(join(tmpdir(), 'vodsrv-media-'));
  for (const name of names) copyFileSync(filmPath(name), join(path, name));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The frames of a film in order, as {time, number}: when they are shown, as ffprobe tells, and what their bar code says. */
export function framesOf(name) {
  const out = execFileSync('ffprobe', ['-v', 'error', '-select_streams', 'v:0', '-show_entries', 'packet=pts_time',
    '-of', 'csv=p=0', filmPath(name)], { encoding: 'utf8', maxBuffer: 64 << 20 });
  const times = out.trim().split(/\s+/).map(parseFloat).sort((a, b) => a - b);
  if (name === 'ten-hours.mp4') return times.map((time, k) => ({ time, number: k % 300 }));
  // What was dropped from a film leaves a gap in its numbers.
  const zero = name.startsWith('variable-rate') ? 0 : times[0];
  return times.map((time) => ({ time, number: Math.round((time - zero) * FPS) }));
}

/** When the first frame of a film is shown, in seconds. */
export function firstFrameTime(name) {
  return framesOf(name)[0].time;
}

export function filmPath(name) {
  if (name === 'sample.mp4') return sample;
  if (copies[name]) return copy(...copies[name]);
  const [first, ...args] = films[name];
  const { seconds, ...settings } = typeof first === 'number' ? { seconds: first } : first;
  return clip(seconds, extname(name), args, settings);
}

/**
 * The path of a clip of some seconds, drawn with ffmpeg's options, that tests must not change. The
 * key is computed as in internal/testmedia, so that both share their clips.
 */
export function clip(seconds, extension, args, { size = '640x360', rate = FPS } = {}) {
  const key = [readFileSync(recipe, 'utf8'), size, String(rate), String(seconds), ...args];
  return cached(key, extension, (path) => {
    execFileSync('sh', [recipe, path, String(seconds), ...args], {
      env: { ...process.env, CLIP_SIZE: size, CLIP_RATE: String(rate) },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  });
}

function copy(name, before, after) {
  const source = filmPath(name);
  return cached([source, ...before, ...after], extname(name), (path) => {
    const unfinished = join(cache, `unfinished.${process.pid}${extname(name)}`);
    execFileSync('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', ...before, '-i', source, ...after,
      '-c', 'copy', unfinished], { stdio: ['ignore', 'inherit', 'inherit'] });
    renameSync(unfinished, path);
  });
}

function cached(key, extension, make) {
  const path = join(cache, createHash('sha256').update(key.join('\0')).digest('hex').slice(0, 24) + extension);
  if (!existsSync(path)) {
    mkdirSync(cache, { recursive: true });
    make(path);
  }
  return path;
}
