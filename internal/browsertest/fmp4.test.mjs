// The film as one file that is never built, and clips of it, in <video src>.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertFrame, assertSeek } from './film.mjs';
import { FPS } from './fixtures.mjs';
import { start } from './harness.mjs';

/** Puts a plain video on the page; film.video is it from then on. */
async function show(url) {
  const video = document.createElement('video');
  video.muted = true;
  document.body.replaceChildren(video);
  Object.defineProperty(film, 'video', { value: video, configurable: true });
  video.src = url;
  await film.ready();
  return video.duration;
}

test('a film as one file', async (t) => {
  const { server, openPage } = await start(t, ['sample.mp4']);

  await t.test('is played and sought in', async (t) => {
    const page = await openPage(t, server.url);
    const duration = await page.evaluate(show, '/fmp4/sample.mp4');
    assert.ok(Math.abs(duration - 30) < 0.1, `${duration} s`);
    for (const time of [17.3, 3.05, 29.5, 0.02]) await assertFrame(page, time, Math.floor(time * FPS));
  });

  await t.test('is clipped to just what was asked for', async (t) => {
    const page = await openPage(t, server.url);
    const duration = await page.evaluate(show, '/fmp4/sample.mp4?from=5.4&to=7.2');
    assert.ok(Math.abs(duration - 1.8) < 0.1, `${duration} s`);
    for (const time of [1.3, 0.1, 1.75]) await assertSeek(page, time, { start: -5.4, fps: FPS });
  });
});
