import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { play, troubles } from './film.mjs';
import { clip } from './fixtures.mjs';
import { start } from './harness.mjs';
import { pause } from './recorder.mjs';

/** Seconds between key frames of the stream. */
const GROUP = 4;

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** An FLV server of ffmpeg's for one client, which sends a film as fast as it is played. Answers {kill()}. */
function stream(t, url, size = '640x360') {
  const source = clip(60, '.flv', ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '0', '-g', String(GROUP * 25),
    '-keyint_min', String(GROUP * 25), '-sc_threshold', '0', '-c:a', 'aac', '-b:a', '96k'], { size });
  const sender = spawn('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-nostdin', '-re', '-i', source, '-c', 'copy',
    '-listen', '1', '-f', 'flv', url], { stdio: 'ignore' });
  const ended = new Promise((resolve) => sender.once('exit', resolve));
  const kill = () => {
    sender.kill('SIGKILL');
    return ended;
  };
  t.after(kill);
  return { kill };
}

/** How far the picture is behind what the server has, in seconds. */
async function delay(page, url) {
  const { streams } = await (await fetch(`${url}/api/live`)).json();
  return streams[0].window[1] - await page.evaluate(() => film.video.currentTime);
}

test('a live stream', async (t) => {
  const from = `http://127.0.0.1:${await freePort()}/stream.flv`;
  const { server, openPage } = await start(t, ['sample.mp4'], '--live', `camera=${from}`);

  await t.test('is played close to its edge, and goes on by itself when its source is back', { timeout: 150_000 }, async (t) => {
    const list = await openPage(t, `${server.url}/`);
    await list.evaluate(() => film.textMatching(/camera[^]*(Connecting|Interrupted)/, 10));
    let source = stream(t, from);
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
    // It may be a little faster than the clock, to be close to the edge.
    const { wall, media } = await page.evaluate(() => film.progress(10));
    assert.ok(media > wall - 1 && media < wall * 1.1, `${media} s in ${wall} s: ${await troubles(page)}`);
    // A busy machine holds a picture up; then the player has to catch up.
    let late = await delay(page, server.url);
    for (const end = performance.now() + 20_000; late >= 1.5 && performance.now() < end; await pause(200)) late = await delay(page, server.url);
    t.diagnostic(`first picture ${Math.round(first)} ms after the page was asked for; ${late.toFixed(2)} s behind the server`);
    assert.ok(late < 1.5, `${late} s behind: ${await page.evaluate(() => film.describe())}`);
    assert.match(await page.evaluate(() => film.text()), /\d\.\d s behind/);
    assert.deepEqual(await troubles(page), []);

    for (const size of ['640x360', '320x180']) {
      await page.evaluate(() => (film.troubles.length = 0));
      await source.kill();
      await page.evaluate(() => film.textMatching(/interrupted/, 10));
      const at = await page.evaluate(() => film.video.currentTime);
      source = stream(t, from, size);
      await page.evaluate((time) => film.past(time + 3, 30), at);
      const [frame, width] = await page.evaluate(() => [film.frame(), film.video.videoWidth]);
      assert.ok(frame !== null && frame < 400, `frame ${frame} of the source that came back`);
      assert.equal(width, Number(size.split('x')[0]));
      assert.doesNotMatch(await page.evaluate(() => film.text()), /interrupted/);
    }
    const { reconnects, rebuilds } = await page.evaluate(() => film.player.stats);
    assert.deepEqual({ reconnects, rebuilds }, { reconnects: 0, rebuilds: 0 });
    assert.ok(await delay(page, server.url) < 3);
  });
});
