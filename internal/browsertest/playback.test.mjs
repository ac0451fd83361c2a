import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertEnds, assertInStepWithClock, play } from './film.mjs';
import { LONG, start } from './harness.mjs';

const eightSeconds = ['progressive.mp4', 'fragmented.mp4', 'delayed-moov.mp4', 'video-only.mp4', 'audio-only.m4a'];

test('films play from start to end', async (t) => {
  const { server, openPage } = await start(t, ['sample.mp4', 'mpeg4-part2.mp4', ...eightSeconds]);

  for (const name of eightSeconds) {
    await t.test(`${name} plays from start to end`, async (t) => {
      const page = await openPage(t, `${server.url}/watch/${name}`, { soundOnly: name === 'audio-only.m4a' });
      await play(page);
      await assertInStepWithClock(page, 2);
      await assertEnds(page, 15);
    });
  }

  await t.test('sample.mp4 plays, and ends', async (t) => {
    const page = await openPage(t, `${server.url}/watch/sample.mp4`);
    await play(page);
    await assertInStepWithClock(page, LONG ? 8 : 4);
    if (!LONG) {
      await page.evaluate(() => film.seek(film.video.duration - 2));
      await play(page);
    }
    await assertEnds(page, 40);
  });

  await t.test('a codec that no browser plays is refused by its name', async (t) => {
    const page = await openPage(t, `${server.url}/watch/mpeg4-part2.mp4`);
    const text = await page.evaluate(() => film.textMatching(/MPEG-4 (Part 2|Visual)|mp4v/i, 10));
    assert.match(text, /[A-Z][^.]*(MPEG-4 (Part 2|Visual)|mp4v)/i);
  });
});
