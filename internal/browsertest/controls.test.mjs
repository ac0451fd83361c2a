import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertInStepWithClock, play } from './film.mjs';
import { FPS } from './fixtures.mjs';
import { start } from './harness.mjs';

test('the controls of the player', async (t) => {
  const { server, openPage } = await start(t, ['sample.mp4']);

  await t.test('pause, seek, play on, twice as fast, muted', async (t) => {
    const page = await openPage(t, `${server.url}/watch/sample.mp4`);
    await play(page);

    await page.click('[aria-label="Pause"]');
    assert.equal(await page.evaluate(() => film.video.paused), true);

    const bar = await (await page.$('[aria-label="Position"]')).boundingBox();
    const seeked = page.evaluate(() => film.seeked());
    await page.mouse.click(bar.x + bar.width / 2, bar.y + bar.height / 2);
    const { currentTime, frame } = await seeked;
    assert.ok(Math.abs(currentTime - 15) < 0.5, `the middle of the bar went to ${currentTime}`);
    assert.ok(Math.abs(frame - Math.floor(currentTime * FPS)) <= 1, `frame ${frame} at ${currentTime}`);

    await page.keyboard.press('k');
    assert.equal(await page.evaluate(() => film.video.paused), false);

    await page.select('[aria-label="Speed"]', '2');
    await assertInStepWithClock(page, 3, 2);

    await page.click('[aria-label="Mute"]');
    assert.equal(await page.evaluate(() => film.video.muted), true);
  });
});
