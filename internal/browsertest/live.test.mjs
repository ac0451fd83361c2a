import assert from 'node:assert/strict';
import { test } from 'node:test';
import { play, troubles } from './film.mjs';
import { start } from './harness.mjs';
import { freePort, listening, sendClip } from './live-source.mjs';
import { pause } from './recorder.mjs';

/** Seconds between key frames of the stream. */
const GROUP = 4;

/** Seconds behind what is newest that a player stays at most: each time that it runs dry, as it may on a busy machine, it stays further back. */
const FARTHEST = 8;

/** How far the picture is behind what the server has, in seconds. */
async function delay(page, url) {
  const { streams } = await (await fetch(`${url}/api/live`)).json();
  return streams[0].window[1] - await page.evaluate(() => film.video.currentTime);
}

/** Whether so much was played as time went by; it may be a little more, or less, to be where it should be. */
function inStep({ wall, media }) {
  return media > wall * 0.8 && media < wall * 1.1;
}

test('a live stream', async (t) => {
  const from = `http://127.0.0.1:${await freePort()}/stream.flv`;
  const { server, openPage } = await start(t, ['sample.mp4'], '--live', `camera=${from}`, '--live-window', '15s');

  await t.test('is played close to its edge, and goes on by itself when its source is back', { timeout: 150_000 }, async (t) => {
    const list = await openPage(t, `${server.url}/`);
    await list.evaluate(() => film.textMatching(/camera[^]*(Connecting|Interrupted)/, 10));
    let source = sendClip(t, listening(from), { group: GROUP });
    await list.evaluate(() => film.textMatching(/camera[^]*Live/, 20));
    // In the middle of a group.
    for (;;) {
      const { streams } = await (await fetch(`${server.url}/api/live`)).json();
      if (streams[0].window?.[1] % GROUP > 1.5 && streams[0].window[1] > GROUP) break;
      await pause(50);
    }

    const opened = performance.now();
    const page = await openPage(t, `${server.url}/live/camera`);
    await page.evaluate(() => film.ready());
    const first = performance.now() - opened;
    await play(page);
    // A busy machine holds up the picture and the stream alike; then the player has to catch up.
    const progress = [];
    do progress.push(await page.evaluate(() => film.progress(5)));
    while (!inStep(progress.at(-1)) && progress.length < 4);
    assert.ok(inStep(progress.at(-1)), `${JSON.stringify(progress)}: ${await troubles(page)}`);
    let late = await delay(page, server.url);
    for (const end = performance.now() + 20_000; late >= 1.5 && performance.now() < end; await pause(200)) late = await delay(page, server.url);
    t.diagnostic(`first picture ${Math.round(first)} ms after the page was asked for; ${late.toFixed(2)} s behind the server`);
    assert.ok(late < FARTHEST, `${late} s behind: ${await page.evaluate(() => film.describe())}`);
    assert.match(await page.evaluate(() => film.text()), /\d\.\d s behind/);
    assert.deepEqual((await troubles(page)).filter((text) => !text.startsWith('starved')), []);

    for (const size of ['640x360', '320x180']) {
      await page.evaluate(() => (film.troubles.length = 0));
      await source.kill();
      await page.evaluate(() => film.textMatching(/interrupted/, 10));
      const at = await page.evaluate(() => film.video.currentTime);
      source = sendClip(t, listening(from), { size, group: GROUP });
      await page.evaluate((time) => film.past(time + 3, 30), at);
      const [frame, width] = await page.evaluate(() => [film.frame(), film.video.videoWidth]);
      assert.ok(frame !== null && frame < 400, `frame ${frame} of the source that came back`);
      assert.equal(width, Number(size.split('x')[0]));
      assert.doesNotMatch(await page.evaluate(() => film.text()), /interrupted/);
    }
    const { reconnects, rebuilds } = await page.evaluate(() => film.player.stats);
    assert.deepEqual({ reconnects, rebuilds }, { reconnects: 0, rebuilds: 0 });
    assert.ok(await delay(page, server.url) < FARTHEST);

    // The seek bar begins where what is kept does, here or by the server, not with the stream.
    const back = await page.evaluate(async () => {
      const start = () => film.video.seekable.start(0);
      for (const end = performance.now() + 30_000; start() === 0 && performance.now() < end;) await new Promise(requestAnimationFrame);
      return { start: start(), end: film.video.currentTime };
    });
    assert.ok(back.start > 0, JSON.stringify(back));
    // The server forgets on while the page is on its way there.
    const there = Math.max(back.start + GROUP + 1, back.end - 8);
    await page.evaluate((time) => {
      film.video.currentTime = time;
    }, there);
    await page.evaluate((time) => film.past(time + 1, 30), there);
    assert.ok(await page.evaluate(() => film.video.currentTime) < there + 5, 'it stays where it was put');
    await page.evaluate(() => film.textMatching(/Go to what is new/, 10));
    await page.evaluate(() => document.getElementById('follow').click());
    let away = await delay(page, server.url);
    for (const end = performance.now() + 20_000; away >= 4 && performance.now() < end; await pause(200)) away = await delay(page, server.url);
    assert.ok(away < 4, `${away} s behind: ${await page.evaluate(() => film.describe())}`);
  });
});
