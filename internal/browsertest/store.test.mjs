// Films that lie in an object store, served by a real one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertSeek, play } from './film.mjs';
import { clip, filmPath, firstFrameTime, FPS } from './fixtures.mjs';
import { gatewayProgram, startGateway } from './gateway.mjs';
import { LONG, start } from './harness.mjs';
import { openPlayer, players } from './players.mjs';

const program = gatewayProgram();

test('films in a store', { skip: !program && 'there is no versitygw' }, async (t) => {
  const store = await startGateway(t, program);
  for (const name of ['sample.mp4', 'fragmented.mp4']) await store.put(name, filmPath(name));
  Object.assign(process.env, store.env);
  // Of two folders the last is served. Nothing but a block of each film is kept.
  const { server, openPage } = await start(t, [], '--media', store.place, '--store-bytes', '524288', '--ahead', '2');

  await t.test('are listed, play over a WebSocket, and seek', async (t) => {
    const page = await openPage(t, `${server.url}/`);
    await page.evaluate(() => film.textMatching(/fragmented\.mp4[^]*sample\.mp4[^]*640 × 360[^]*0:30/, 20));
    const arrived = page.waitForNavigation();
    await page.evaluate(() => film.query('a').find((link) => link.innerText.includes('sample.mp4')).click());
    await arrived;
    await play(page);
    for (const time of [24.57]) await assertSeek(page, time, { start: firstFrameTime('sample.mp4'), fps: FPS });
    assert.ok(await page.evaluate(() => film.player.stats.segments.length > 0), 'it comes over the WebSocket');
  });

  await t.test('play with hls.js, and seek', async (t) => {
    const page = await openPlayer(openPage, t, server, players['hls.js']);
    await page.evaluate((url) => window.watch(url), players['hls.js'].manifest('fragmented.mp4'));
    await page.evaluate(() => film.play());
    await assertSeek(page, 5.05, { start: firstFrameTime('fragmented.mp4'), fps: FPS });
    assert.deepEqual(await page.evaluate(() => wrong), []);
  });

  await t.test('wait for a store that is away, and say so', { skip: !LONG && 'takes some seconds' }, async (t) => {
    await store.put('large.mp4', clip(30, '.mp4', ['-c:v', 'libx264', '-preset', 'veryfast', '-qp', '8', '-bf', '2', '-g', '50', '-c:a', 'aac']));
    const page = await openPage(t, `${server.url}/watch/large.mp4`);
    await play(page);
    await store.kill();
    await page.evaluate(() => {
      film.video.currentTime = 25;
    });
    await page.evaluate(() => film.textMatching(/Nothing comes from the server/, 15));
    await store.again();
    await page.evaluate(() => film.past(25, 30));
    assert.ok(!(await page.evaluate(() => film.text())).includes('Nothing comes'));
  });
});
