// Live streams where there is no WebSocket: by HLS, with other people's players and in browsers without Media Source Extensions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LONG, start, webkit } from './harness.mjs';
import { freePort, listening, sendClip } from './live-source.mjs';
import { openPlayer, players } from './players.mjs';

/** Waits until the server has a playlist of so many pieces. */
async function listed(url, pieces) {
  for (const end = performance.now() + 60_000; performance.now() < end; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const list = await (await fetch(`${url}/live/camera/media.m3u8`)).text();
    if (list.split('#EXTINF').length > pieces) return;
  }
  throw new Error(`no ${pieces} pieces after 60 s`);
}

/** Leaves a browser without Media Source Extensions that says it plays HLS; what it is to play is noted, and fails. */
function onlyHLS() {
  delete window.MediaSource;
  delete window.ManagedMediaSource;
  HTMLMediaElement.prototype.canPlayType = () => 'maybe';
  const src = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'src');
  window.asked = [];
  Object.defineProperty(HTMLMediaElement.prototype, 'src', {
    ...src,
    set(url) {
      window.asked.push(new URL(url).pathname);
      src.set.call(this, '/healthz');
    },
  });
}

test('a live stream by HLS', { skip: !LONG && 'it takes a minute' }, async (t) => {
  const from = `http://127.0.0.1:${await freePort()}/stream.flv`;
  const { server, openPage } = await start(t, ['sample.mp4'], '--live', `camera=${from}`);
  let source = sendClip(t, listening(from));
  await listed(server.url, 4);

  await t.test('plays with hls.js, and goes on when the source is another', { skip: webkit, timeout: 180_000 }, async (t) => {
    const page = await openPlayer(openPage, t, server, players['hls.js'], { tolerate: /404/ });
    await page.evaluate((url) => window.watch(url), '/live/camera/master.m3u8');
    await page.evaluate(() => film.play());
    const at = await page.evaluate(() => film.video.currentTime);
    await page.evaluate((time) => film.past(time + 5, 60), at);
    await source.kill();
    source = sendClip(t, listening(from), { size: '320x180' });
    await page.waitForFunction(() => film.video.videoWidth === 320, { timeout: 90_000 });
    await page.evaluate(() => film.past(film.video.currentTime + 3, 60));
    // Where a source broke off, picture and sound end apart.
    assert.deepEqual((await page.evaluate(() => wrong)).filter((text) => !text.startsWith('bufferSeekOverHole:')), []);
  });

  await t.test('is what a browser without Media Source Extensions plays, and asks for again', { timeout: 60_000 }, async (t) => {
    const page = await openPage(t, 'about:blank');
    await page.evaluateOnNewDocument(onlyHLS);
    await page.goto(`${server.url}/live/camera`);
    await page.evaluate(() => film.textMatching(/interrupted/, 20));
    await page.waitForFunction(() => window.asked.length > 1);
    assert.deepEqual(await page.evaluate(() => [...new Set(window.asked)]), ['/live/camera/master.m3u8']);
    assert.equal(await page.evaluate(() => film.player.hasAttribute('failed')), false);
  });
});
