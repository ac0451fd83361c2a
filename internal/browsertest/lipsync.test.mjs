import assert from 'node:assert/strict';
import { test } from 'node:test';
import { play } from './film.mjs';
import { firstFrameTime, FPS } from './fixtures.mjs';
import { firefox, start } from './harness.mjs';
import { beepsAndFrames } from './lipsync.mjs';
import { plugInSoundCard } from './sound-card.mjs';

// With an edit list; in fragments without one, whose first packet of sound was made longer; with sound that begins late.
const films = ['sample.mp4', 'fragmented-30s.mp4', 'sound-a-second-late.mp4'];

const places = [0, 14];

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

test('sound and picture', async (t) => {
  if (firefox) await plugInSoundCard(t);
  const { server, openPage } = await start(t, films);

  for (const at of places) {
    for (const name of films) {
      await t.test(`of ${name} come together from ${at} s on`, async (t) => {
        const page = await openPage(t, `${server.url}/watch/${name}?t=${at}`);
        await play(page);
        // Some browsers let only who was touched make a sound of his own.
        await page.mouse.click(2, 2);
        const start = firstFrameTime(name);
        const tries = [];
        do {
          const { beeps, frames } = await page.evaluate(beepsAndFrames, 5);
          assert.ok(beeps.length >= 3 && frames.length >= 20, `${beeps.length} beeps, ${frames.length} frames in 5 s`);
          // The beep comes with each full second of the clip, a frame is seen half its time after its start.
          const sound = median(beeps.map((time) => time - start - Math.round(time - start)));
          const picture = median(frames.map(({ number, shown }) => shown - start - (number + 0.5) / FPS));
          tries.push(Math.round((sound - picture) * 1000));
          t.diagnostic(`sound ${Math.round(sound * 1000)} ms after the clock, picture ${Math.round(picture * 1000)} ms`);
        } while (Math.abs(tries.at(-1)) >= 40 && tries.length < 3);
        assert.ok(Math.abs(tries.at(-1)) < 40, `ms that the sound comes after the picture: ${tries.join(', ')}`);
      });
    }
  }
});
