import { test } from 'node:test';
import { assertFrame, play } from './film.mjs';
import { framesOf } from './fixtures.mjs';
import { start, webkit } from './harness.mjs';

// With an edit list and B-frames; in fragments; at a varying rate, and that with B-frames; long, with groups of a minute.
const films = ['sample.mp4', 'fragmented-30s.mp4', 'variable-rate.mp4', 'variable-rate-reordered.mp4', 'ten-hours.mp4'];
const SEEKS = 30;

/** Marsaglia's xorshift: the same numbers from 0 to 1 each time. */
function* random(seed) {
  for (let state = seed; ;) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield (state >>> 0) / 2 ** 32;
  }
}

test('each of thirty seeks shows the frame that belongs to the time', async (t) => {
  const { server, openPage } = await start(t, films);
  for (const name of films) {
    await t.test(`in ${name}`, async (t) => {
      const frames = framesOf(name).slice(0, -1);
      const page = await openPage(t, `${server.url}/watch/${name}`);
      await play(page);
      const chance = random(0x5eed);
      for (let k = 0; k < SEEKS; k++) {
        const i = Math.floor(chance.next().value * (frames.length - 1));
        const { time, number } = frames[i];
        // Well inside the frame, so that rounding decides nothing, soon after its start or before its end. Where the
        // first sound packet of a segment begins a little late the player steps over the gap: one of 16 kHz takes 64 ms.
        const at = k % 2 ? time + 0.02 : frames[i + 1].time - 0.02;
        await assertFrame(page, at, number, { tolerance: webkit ? 1 : 0, within: 0.07 });
      }
    });
  }
});
