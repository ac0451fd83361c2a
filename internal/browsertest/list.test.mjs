import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertInStepWithClock, play } from './film.mjs';
import { start } from './harness.mjs';

test('the list page', async (t) => {
  const films = ['sample.mp4', 'video-only.mp4', 'audio-only.m4a'];
  const { server, openPage } = await start(t, films);

  await t.test('shows the files, and a click plays one', async (t) => {
    const page = await openPage(t, `${server.url}/`);
    const text = await page.evaluate(() => film.textMatching(/sample\.mp4/, 10));
    for (const name of films) assert.ok(text.includes(name), `${name} is missing from:\n${text}`);

    const arrived = page.waitForNavigation();
    await page.evaluate(() => film.query('a').find((link) => link.innerText.includes('sample.mp4')).click());
    await arrived;
    assert.equal(new URL(page.url()).pathname, '/watch/sample.mp4');
    await play(page);
    await assertInStepWithClock(page, 2);
  });
});
