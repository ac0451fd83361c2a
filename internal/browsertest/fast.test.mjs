// Fast playing with random seeks: ten minutes of it with VODSRV_LONG, some seconds else.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { play } from './film.mjs';
import { firefox, LONG, start } from './harness.mjs';

const RATE = 4;
const SECONDS = Number(process.env.VODSRV_FAST_SECONDS) || (LONG ? 600 : 20);
const LOOPS = 40; // of the sample's 30 s
const BETWEEN_SEEKS_MS = 5000;

// What the tab may hold: the script's memory after a collection, and film in the buffer.
const HEAP_BYTES = 40 << 20;
const BUFFERED_SECONDS = 400;
const STALL_MS = 1000;

/** Puts a film of LOOPS times the sample beside it. */
function makeLong(folder) {
  execFileSync('ffmpeg', ['-v', 'error', '-stream_loop', String(LOOPS - 1), '-i', join(folder, 'sample.mp4'),
    '-c', 'copy', '-movflags', 'faststart', join(folder, 'long.mp4')]);
}

/**
 * Runs in the page: notes the longest time that the playhead stood though a second of film at its rate lay ahead, and how
 * late the looks at it came meanwhile: a machine that is busy with something else holds up both.
 */
function watchStalls(rate) {
  const EACH_MS = 50;
  const seen = { longest: 0, late: 0, where: '' };
  window.stalls = seen;
  let stand = { at: film.video.currentTime, since: performance.now(), looked: performance.now(), late: 0 };
  setInterval(() => {
    const now = performance.now();
    const { currentTime, paused, seeking } = film.video;
    if (currentTime !== stand.at || paused || seeking || film.bufferedBeyond() < rate) {
      stand = { at: currentTime, since: now, looked: now, late: 0 };
      return;
    }
    stand.late = Math.max(stand.late, now - stand.looked - EACH_MS);
    stand.looked = now;
    if (now - stand.since > seen.longest) Object.assign(seen, { longest: now - stand.since, late: stand.late, where: film.describe() });
  }, EACH_MS);
}

/** Answers a function that tells the memory of the page's script after a collection; Firefox does not tell. */
async function heapOf(page) {
  if (firefox) return () => 0;
  const devtools = await page.createCDPSession();
  return async () => {
    await devtools.send('HeapProfiler.collectGarbage');
    return (await page.metrics()).JSHeapUsedSize;
  };
}

test(`${SECONDS} s of playing ${RATE} times as fast, with random seeks`, async (t) => {
  const { server, openPage, folder } = await start(t, ['sample.mp4']);
  makeLong(folder);

  await t.test('is bounded in memory, and never stalls', async (t) => {
    const page = await openPage(t, `${server.url}/watch/long.mp4`);
    const heap = await heapOf(page);
    await play(page);
    await page.evaluate((rate) => (film.video.playbackRate = rate), RATE);
    await page.evaluate(watchStalls, RATE);

    const deadline = performance.now() + SECONDS * 1000;
    const worst = { heap: 0, buffered: 0 };
    let [seeks, played] = [0, 0];
    while (performance.now() < deadline) {
      const from = await page.evaluate((share) => {
        const to = share * (film.video.duration - 60);
        film.video.currentTime = to;
        return to;
      }, Math.random());
      seeks++;
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_SEEKS_MS));
      const now = await page.evaluate(() => ({
        time: film.video.currentTime, buffered: film.ranges().reduce((sum, [start, end]) => sum + end - start, 0),
      }));
      assert.ok(now.time > from, `after a seek to ${from} it stands: ${await page.evaluate(() => film.describe())}`);
      played += now.time - from;
      worst.heap = Math.max(worst.heap, await heap());
      worst.buffered = Math.max(worst.buffered, now.buffered);
    }
    const { longest, late, where } = await page.evaluate(() => window.stalls);
    t.diagnostic(`${seeks} seeks, ${played.toFixed(0)} s of film; ${firefox ? '' : `heap at most ${(worst.heap / 2 ** 20).toFixed(1)} MiB, `}` +
      `buffered at most ${worst.buffered.toFixed(0)} s, longest stall ${longest.toFixed(0)} ms, looked at up to ${late.toFixed(0)} ms late`);
    assert.ok(longest < STALL_MS, `it stood for ${longest.toFixed(0)} ms: ${where}`);
    assert.ok(worst.heap < HEAP_BYTES, `${worst.heap} bytes of script's memory`);
    assert.ok(worst.buffered < BUFFERED_SECONDS, `${worst.buffered} s of film in the buffer`);
    assert.deepEqual(await page.evaluate(() => film.query('vod-player[failed]').length), 0);
  });
});
