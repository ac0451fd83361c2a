// Films that lie in an object store, served by a real one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertSeek, play } from './film.mjs';
import { filmPath, firstFrameTime, FPS } from './fixtures.mjs';
import { gatewayProgram, startGateway } from './gateway.mjs';
import { start } from './harness.mjs';
import { openPlayer, players } from './players.mjs';

const program = gatewayProgram();

test('films in a store', { skip: !program && 'there is no versitygw' }, async (t) => {
  const store = await startGateway(t, program);
  for (const name of ['sample.mp4', 'fragmented.mp4']) await store.put(name, filmPath(name));
  Object.assign(process.env, store.env);
  const { server, openPage } = await start(t, [], '--media', store.place); // of two folders the last is served

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
});
