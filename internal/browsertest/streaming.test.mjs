// HLS and DASH, as other people's players play them.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertEnds, assertInStepWithClock, assertSeek } from './film.mjs';
import { clip, FPS } from './fixtures.mjs';
import { firefox, LONG, start } from './harness.mjs';
import { openPlayer, players, playToEnd } from './players.mjs';
import { fragmentsWritten, record } from './recorder.mjs';
import { describe } from './server.mjs';

const corpus = join(process.env.VODSRV_CORPUS ?? fileURLToPath(new URL('../../../shared/corpus', import.meta.url)), 'valid');

/** Tracks of text that are empty are no fault of the film's. */
const emptyText = /WEBVTT|media-src forbids data/;

const two = ['-map', '0:v', '-map', '1:a', '-map', '1:a', '-c:v', 'libx264', '-preset', 'veryfast', '-bf', '2', '-g', '50',
  '-c:a', 'aac', '-b:a', '96k', '-metadata:s:a:0', 'language=eng', '-metadata:s:a:1', 'language=deu'];

/** Films of many makers that the browser can play, twenty seconds long at most. */
async function someFilms(page, folder) {
  const films = describe(readdirSync(corpus, { recursive: true }).filter((name) => /\.(mp4|m4v|mov|m4a)$/i.test(name)).sort()
    .map((name) => join(corpus, name))).filter(({ mime, duration }) => mime && duration < 20);
  const playable = await page.evaluate((mimes) => mimes.map((mime) => MediaSource.isTypeSupported(mime)), films.map(({ mime }) => mime));
  const chosen = films.filter((_, k) => playable[k]);
  return chosen.map(({ path }, k) => {
    const copied = `corpus${k}.mp4`;
    copyFileSync(path, join(folder, copied));
    utimesSync(join(folder, copied), 1, 1); // a new one might grow
    return { path: path.slice(corpus.length), copied };
  });
}

for (const [name, player] of Object.entries(players)) {
  test(name, { skip: player.kind === 'shaka' && !LONG && 'takes a minute' }, async (t) => {
    const { server, folder, openPage } = await start(t, ['sample.mp4', 'fragmented.mp4', 'audio-only.m4a']);
    copyFileSync(clip(90, '.mp4', two), join(folder, 'two.mp4'));
    const watch = async (t, path, options) => {
      const page = await openPlayer(openPage, t, server, player, options);
      await page.evaluate((url) => window.watch(url), player.manifest(path));
      return page;
    };
    const assertFine = async (page) => assert.deepEqual(await page.evaluate(() => wrong), []);

    await t.test('plays, seeks and ends', async (t) => {
      const page = await watch(t, 'sample.mp4');
      await page.evaluate(() => film.play());
      await assertInStepWithClock(page, 2);
      for (const time of [17.3, 3.05, 25.5]) await assertSeek(page, time, { fps: FPS });
      await page.evaluate(() => film.seek(28));
      await page.evaluate(() => film.play());
      await assertEnds(page, 20);
      await assertFine(page);
    });

    await t.test('switches to another sound', async (t) => {
      const page = await watch(t, 'two.mp4');
      await page.evaluate(() => film.play());
      assert.deepEqual(await page.evaluate(() => [playing.languages(), playing.current()]), [['en', 'de'], 'en']);
      await page.evaluate(() => playing.choose('de'));
      await page.evaluate(() => film.past(film.video.currentTime + 2, 20)); // some give up what is in the buffer, and wait
      assert.equal(await page.evaluate(() => playing.current()), 'de');
      await assertSeek(page, 87.2, { fps: FPS });
      await page.evaluate(() => film.play());
      await page.evaluate(() => film.ended(20));
      assert.equal(await page.evaluate(() => playing.current()), 'de');
      await assertFine(page);
    });

    await t.test('follows a recording to its end', { skip: !LONG && 'takes most of a minute' }, async (t) => {
      const path = `live-${player.kind}.mp4`;
      record(t, join(folder, path), 36);
      await fragmentsWritten(join(folder, path), 8);
      const page = await watch(t, path);
      await page.evaluate(() => film.play());
      await page.evaluate(() => film.ended(90));
      assert.ok(await page.evaluate(() => film.video.currentTime) > 35.5);
      await assertFine(page);
    });

    await t.test('plays films of two kinds to the end', async (t) => {
      const page = await openPlayer(openPage, t, server, player, { soundOnly: true });
      for (const path of ['fragmented.mp4', 'audio-only.m4a']) assert.equal(await page.evaluate(playToEnd, player.manifest(path)), '', path);
    });

    // Firefox takes a sound card for what has no picture, and the many films much time.
    const skip = firefox ? 'in Chromium alone' : !existsSync(corpus) ? 'the films are not here' : !LONG && 'takes minutes';
    await t.test('plays films of many makers to the end', { skip }, async (t) => {
      const page = await openPlayer(openPage, t, server, player, { tolerate: emptyText });
      const wrong = [];
      const films = await someFilms(page, folder);
      for (const { path, copied } of films) {
        const trouble = await page.evaluate(playToEnd, player.manifest(copied));
        if (trouble) wrong.push([path, trouble]);
      }
      t.diagnostic(`${films.length} films`);
      assert.deepEqual(wrong, []);
      assert.ok(films.length >= 10, `${films.length} films`);
    });
  });
}
