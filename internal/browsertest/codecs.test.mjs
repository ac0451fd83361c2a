import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { clip } from './fixtures.mjs';
import { start } from './harness.mjs';
import { describe } from './server.mjs';

const h264 = (profile, ...more) => ['-c:v', 'libx264', '-preset', 'ultrafast', '-profile:v', profile, '-an', ...more];
const hevc = (...more) => ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error', '-an', ...more];
const vp9 = (...more) => ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-an', ...more];
const av1 = (...more) => ['-c:v', 'libaom-av1', '-usage', 'realtime', '-cpu-used', '8', '-an', ...more];
const sound = (...options) => ['-vn', '-c:a', ...options];

/** What ffmpeg's encoders make, and what of it must play in each browser, for the test to be one. */
const clips = [
  { args: h264('baseline'), plays: true },
  { args: h264('main', '-bf', '2'), plays: true },
  { args: h264('high', '-level', '5.1'), plays: true },
  { args: h264('high10', '-pix_fmt', 'yuv420p10le') },
  { args: h264('high422', '-pix_fmt', 'yuv422p') },
  { args: h264('high444', '-pix_fmt', 'yuv444p') },
  { args: h264('main', '-tag:v', 'avc3'), plays: true },
  { args: hevc('-tag:v', 'hvc1') },
  { args: hevc('-tag:v', 'hev1', '-pix_fmt', 'yuv420p10le') },
  { args: vp9(), plays: true },
  { args: vp9('-pix_fmt', 'yuv444p') },
  { args: vp9('-pix_fmt', 'yuv420p10le') },
  { args: av1(), plays: true },
  { args: av1('-pix_fmt', 'yuv420p10le'), plays: true },
  { args: sound('aac'), plays: true },
  { args: sound('aac', '-ar', '22050'), plays: true },
  { args: sound('libopus'), plays: true },
  { args: sound('flac', '-strict', '-2'), plays: true },
  { args: sound('libmp3lame') },
  { args: sound('libmp3lame', '-ar', '22050') },
  { args: sound('ac3') },
  { args: sound('eac3') },
];

/**
 * Strings that are known to be good, by the codecs they stand for: whether a browser takes them
 * tells whether it has the codec, or the profile of it. The first that fits counts.
 */
const canonical = [
  [/^avc[13]\.6e/, 'avc1.6E001E'],
  [/^avc[13]\.7a/, 'avc1.7A001E'],
  [/^avc[13]\.f4/, 'avc1.F4001E'],
  [/^avc1\./, 'avc1.42E01E'],
  [/^avc3\./, 'avc3.42E01E'],
  [/^hvc1\.1\./, 'hvc1.1.6.L93.B0'],
  [/^hvc1\.2\./, 'hvc1.2.4.L93.B0'],
  [/^hev1\.2\./, 'hev1.2.4.L93.B0'],
  [/^av01\.0\./, 'av01.0.04M.08'],
  [/^vp09\.00\./, 'vp09.00.10.08'],
  [/^vp09\.01\./, 'vp09.01.10.08.03'],
  [/^vp09\.02\./, 'vp09.02.10.10'],
  [/^mp4a\.40\.42$/, 'mp4a.40.42'],
  [/^mp4a\.40\.(2|5|29)$/, 'mp4a.40.2'],
  [/^mp3$/, 'mp3'],
  [/^Opus$/, 'opus'],
  [/^fLaC$/, 'flac'],
  [/^ac-3$/, 'ac-3'],
  [/^ec-3$/, 'ec-3'],
];

const repository = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The films that come with the project, and those of many makers where they are at hand. */
function others() {
  return ['media', 'mp4/testdata', 'mp4/fragment/testdata', 'mp4/codec/testdata', '../shared/corpus'].map(repository)
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, name)))
    .filter((path) => /\.(mp4|m4a|m4b|m4v|mov|f4v|3gp)$/.test(path));
}

const elements = (mime) => mime.slice(mime.indexOf('"') + 1, -1).split(',');

/** The type of one element: RFC 6381's strings for MP3 stand in no type. */
const typeOf = (element) => `${/^(avc|hvc|hev|av01|vp0)/.test(element) ? 'video' : 'audio'}/mp4; codecs="${element}"`;

function canonicalOf(element) {
  const [, known] = canonical.find(([pattern]) => pattern.test(element)) ?? assert.fail(`which codec is ${element}?`);
  return typeOf(known);
}

test('codec strings', async (t) => {
  const drawn = clips.map(({ args }) => clip(1, '.mp4', args));
  const files = describe([...drawn, ...others()]);
  const mimeOf = (path) => files.find((file) => file.path === path)?.mime;
  const mimes = new Set(files.map((file) => file.mime).filter(Boolean));
  const all = new Set([...mimes].flatMap(elements));
  for (const { tracks } of files) {
    for (const { playable, codec } of tracks) if (playable && !codec.startsWith('mp4a.6')) all.add(codec);
  }

  const { server, openPage } = await start(t, ['sample.mp4']);

  await t.test('are taken where the codec is there, and only there', async (t) => {
    const page = await openPage(t, server.url);
    const asked = [...mimes, ...[...all].flatMap((element) => [typeOf(element), canonicalOf(element)])];
    const answers = new Map(await page.evaluate(ask, asked));
    const has = (element) => answers.get(canonicalOf(element));

    const wrong = [...all].filter((element) => answers.get(typeOf(element)) !== has(element));
    assert.deepEqual(wrong, [], 'elements that are not answered as their canonical strings are');
    const wrongTypes = [...mimes].filter((mime) => answers.get(mime) !== elements(mime).every(has));
    assert.deepEqual(wrongTypes, [], 'types of films that are not answered as their elements are');
    const silent = clips.filter(({ plays }, k) => plays && !answers.get(mimeOf(drawn[k])));
    assert.deepEqual(silent, [], 'clips that every browser plays and this one does not');
    assert.ok(drawn.every(mimeOf), 'all clips are described');
  });
});

function ask(types) {
  return types.map((type) => [type, MediaSource.isTypeSupported(type)]);
}
