import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertEnds, assertSeek, play } from './film.mjs';
import { firstFrameTime, FPS } from './fixtures.mjs';
import { start } from './harness.mjs';

const films = ['sample.mp4', 'fragmented-30s.mp4'];

// Times off the frames' own, so that rounding can't hide a frame that is off by one.
const places = [
  { time: 3.13, buffered: true },
  { time: 24.57, buffered: false },
  { time: 14.01, buffered: false },
  { time: 0.21, buffered: null },
  { time: 29.45, buffered: null },
];

test('seeks show the frame that belongs to the time', async (t) => {
  const { server, openPage } = await start(t, films);
  for (const name of films) {
    await t.test(`seeks in ${name}`, async (t) => {
      const page = await openPage(t, `${server.url}/watch/${name}`);
      await play(page);
      for (const { time, buffered } of places) {
        if (buffered !== null) {
          assert.equal(await page.evaluate((t) => film.bufferedSoon(t), time), buffered, `${time} is buffered`);
        }
        await assertSeek(page, time, { start: firstFrameTime(name), fps: FPS });
      }
      await play(page);
      await assertEnds(page, 10);
    });
  }
});
