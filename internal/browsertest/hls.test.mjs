// HLS, as hls.js plays it, and browsers that do so by themselves.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertEnds, assertInStepWithClock, assertSeek } from './film.mjs';
import { clip, FPS } from './fixtures.mjs';
import { firefox, LONG, start } from './harness.mjs';
import { describe } from './server.mjs';

const player = readFileSync(createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js'), 'utf8');

const corpus = fileURLToPath(new URL('../../../shared/corpus/valid', import.meta.url));

/** hls.js makes tracks of text of empty files that are not from here. */
const hlsTracks = /WEBVTT|media-src forbids data/;

/** Opens a page with hls.js at work on a film, as window.hls. What goes wrong is in window.wrong. */
async function watch(openPage, t, server, path, options) {
  const page = await openPage(t, server.url, options);
  await page.evaluate(player);
  await page.evaluate(async (url) => {
    const video = document.createElement('video');
    video.muted = true;
    document.body.replaceChildren(video);
    Object.defineProperty(film, 'video', { value: video, configurable: true });
    window.wrong = [];
    window.hls = new Hls({ enableWorker: false });
    hls.on(Hls.Events.ERROR, (_, { type, details, fatal }) => wrong.push(`${type} ${details}${fatal ? ', fatal' : ''}`));
    hls.loadSource(url);
    hls.attachMedia(video);
    await film.ready();
  }, `/hls/${path}/master.m3u8`);
  return page;
}

const two = ['-map', '0:v', '-map', '1:a', '-map', '1:a', '-c:v', 'libx264', '-preset', 'veryfast', '-bf', '2', '-g', '50',
  '-c:a', 'aac', '-b:a', '96k', '-metadata:s:a:0', 'language=eng', '-metadata:s:a:1', 'language=deu'];

test('hls.js', async (t) => {
  const { server, folder, openPage } = await start(t, ['sample.mp4', 'fragmented.mp4', 'audio-only.m4a']);
  copyFileSync(clip(14, '.mp4', two), join(folder, 'two.mp4'));

  await t.test('plays, seeks and ends', async (t) => {
    const page = await watch(openPage, t, server, 'sample.mp4');
    assert.deepEqual(await page.evaluate(() => hls.levels.map(({ width, height, codecSet }) => [width, height, codecSet])),
      [[640, 360, 'avc1,mp4a']]);
    await page.evaluate(() => film.play());
    await assertInStepWithClock(page, 2);
    for (const time of [17.3, 3.05, 25.5]) await assertSeek(page, time, { fps: FPS });
    await page.evaluate(() => film.seek(28));
    await page.evaluate(() => film.play());
    await assertEnds(page, 20);
    assert.deepEqual(await page.evaluate(() => wrong), []);
  });

  for (const path of ['fragmented.mp4', 'audio-only.m4a']) {
    await t.test(`plays ${path} to the end`, async (t) => {
      const page = await watch(openPage, t, server, path);
      await page.evaluate(() => film.play());
      await assertEnds(page, 30);
      assert.deepEqual(await page.evaluate(() => wrong), []);
    });
  }

  await t.test('switches to another sound', async (t) => {
    const page = await watch(openPage, t, server, 'two.mp4');
    assert.deepEqual(await page.evaluate(() => hls.audioTracks.map(({ lang, default: chosen }) => [lang, chosen])), [['en', true], ['de', false]]);
    await page.evaluate(() => film.play());
    await page.evaluate(async () => {
      const switched = new Promise((resolve) => hls.once(Hls.Events.AUDIO_TRACK_SWITCHED, resolve));
      hls.audioTrack = hls.audioTracks.findIndex(({ lang }) => lang === 'de');
      await switched;
    });
    await assertEnds(page, 30);
    // It gives up what it was fetching of the other sound.
    assert.deepEqual(await page.evaluate(() => wrong.filter((what) => what !== 'networkError aborted')), []);
  });

  // Firefox takes a sound card for what has no picture, and the many films much time.
  const skip = firefox ? 'in Chromium alone' : !existsSync(corpus) && 'the films are not here';
  await t.test('plays films of many makers to the end', { skip }, async (t) => {
    const films = describe(readdirSync(corpus, { recursive: true }).filter((name) => /\.(mp4|m4v|mov|m4a)$/i.test(name)).sort()
      .map((name) => join(corpus, name))).filter(({ mime, duration }) => mime && duration < 20);
    const page = await watch(openPage, t, server, 'sample.mp4', { tolerate: hlsTracks });
    const playable = await page.evaluate((mimes) => mimes.map((mime) => MediaSource.isTypeSupported(mime)), films.map(({ mime }) => mime));
    const wrong = [];
    let played = 0;
    for (const [k, { path }] of films.entries()) {
      if (!playable[k] || played === 12 && !LONG) continue;
      copyFileSync(path, join(folder, `film${k}.mp4`));
      utimesSync(join(folder, `film${k}.mp4`), 1, 1); // a new one might grow
      const trouble = await page.evaluate(playToEnd, `/hls/film${k}.mp4/master.m3u8`);
      if (trouble) wrong.push([path.slice(corpus.length), trouble]);
      played++;
    }
    t.diagnostic(`${played} films`);
    assert.deepEqual(wrong, []);
    assert.ok(played >= 10, `${played} films`);
  });
});

/** Plays a film at four times its speed: what went wrong, or nothing. */
async function playToEnd(url) {
  const { video } = film;
  const wrong = [];
  hls.destroy();
  window.hls = new Hls({ enableWorker: false });
  hls.on(Hls.Events.ERROR, (_, { type, details, fatal, error }) => {
    // A machine that is busy holds up the picture.
    if (details !== Hls.ErrorDetails.BUFFER_STALLED_ERROR) wrong.push(`${type} ${details}${fatal ? ', fatal' : ''}: ${error?.message}`);
  });
  hls.loadSource(url);
  hls.attachMedia(video);
  const ended = new Promise((resolve) => {
    video.addEventListener('ended', resolve, { once: true });
    setTimeout(resolve, 30_000);
  });
  video.playbackRate = 4;
  try {
    await film.ready(10);
    await video.play();
  } catch (error) {
    return `${error.message}; ${wrong.join('; ')}`;
  }
  await ended;
  return video.ended ? wrong.join('; ') : `not over: ${film.describe()} ${wrong.join('; ')}`;
}
