// The ways to play a film in a browser that has not the first of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertEnds, assertInStepWithClock, assertSeek, play } from './film.mjs';
import { FPS } from './fixtures.mjs';
import { start, webkit } from './harness.mjs';

test('a browser', async (t) => {
  const { server, openPage } = await start(t, ['sample.mp4']);

  /** Opens the sample in a browser that lost what take() deletes. */
  async function without(t, take) {
    const page = await openPage(t, 'about:blank');
    await page.evaluateOnNewDocument(take);
    await page.goto(`${server.url}/watch/sample.mp4`);
    await play(page);
    await assertInStepWithClock(page, 2);
    await assertSeek(page, 24.57, { fps: FPS });
    await assertSeek(page, 9.31, { fps: FPS });
    await page.evaluate(() => film.seek(film.video.duration - 2));
    await play(page);
    await assertEnds(page, 10);
    return page;
  }

  await t.test('with ManagedMediaSource alone plays the film', { skip: !webkit }, async (t) => {
    const page = await without(t, () => {
      delete window.MediaSource;
      window.added = 0;
      const { addSourceBuffer } = ManagedMediaSource.prototype;
      ManagedMediaSource.prototype.addSourceBuffer = function (mime) {
        window.added++;
        return addSourceBuffer.call(this, mime);
      };
    });
    assert.ok(await page.evaluate(() => window.added > 0), 'ManagedMediaSource was used');
  });

  await t.test('without Media Source Extensions plays it by itself', async (t) => {
    const page = await without(t, () => {
      delete window.MediaSource;
      delete window.ManagedMediaSource;
    });
    assert.match(await page.evaluate(() => film.video.currentSrc), /^http/);
  });
});
