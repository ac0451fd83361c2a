import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertEnds, play, troubles } from './film.mjs';
import { FPS } from './fixtures.mjs';
import { start } from './harness.mjs';
import { startProxy } from './proxy.mjs';

// The sample has a key frame each 2 s, and so fifteen segments of about 50 KB. The connection
// breaks within and between them, twice before the first segment is whole.
const budgets = [10_000, 40_000, 70_000, 5_000, 120_000, 60_000, 30_000, 90_000, 55_000, 65_000];
const segments = 15;

/** Fails unless each stream of the film got each of its segments once, in order, and nothing was asked for again. */
async function assertWhole(page, count = segments) {
  const { segments: appended, epoch, rebuilds } = await page.evaluate(() => film.player.stats);
  assert.deepEqual({ epoch, rebuilds }, { epoch: 0, rebuilds: 0 });
  for (const id of [0, 1]) {
    const inOrder = appended.filter(({ stream }) => stream === id).map(({ seq }) => seq);
    assert.deepEqual(inOrder, Array.from({ length: count }, (_, seq) => seq), `stream ${id}`);
  }
}

/** Waits for the end, at four times the speed. */
async function assertEndsSoon(page) {
  await page.evaluate(() => (film.video.playbackRate = 4));
  await assertEnds(page, 60, { mayStarve: true });
}

test('a connection cut ten times loses nothing and repeats nothing', async (t) => {
  const { server, openPage } = await start(t, ['sample.mp4']);
  const proxy = await startProxy(server.url, budgets);
  t.after(proxy.close);

  await t.test('every segment arrives whole exactly once', async (t) => {
    const page = await openPage(t, `${proxy.url}/watch/sample.mp4`, { tolerate: /WebSocket|\/ws\// });
    // Firefox forgets what it received when the connection breaks right behind it. As the server
    // sends at once as much as it may, several tries can be in vain, and the waits between grow.
    await play(page, 60);
    await assertEndsSoon(page);
    assert.equal(proxy.cuts(), budgets.length);
    await assertWhole(page);
  });
});

/** Fails if the sound goes on alone. */
async function assertMoves(page) {
  await page.evaluate(() => film.halt());
  const { currentTime, frame } = await page.evaluate(() => ({ currentTime: film.video.currentTime, frame: film.frame() }));
  assert.ok(Math.abs(frame / FPS - currentTime) < 0.5, `frame ${frame} is shown at ${currentTime} s`);
  await page.evaluate(() => film.video.play());
}

test('a film of one key frame', async (t) => {
  const { server, openPage } = await start(t, ['one-group.mp4']);
  const proxy = await startProxy(server.url, budgets.slice(4));
  t.after(proxy.close);

  await t.test('plays on from its first seconds, which came otherwise', async (t) => {
    const page = await openPage(t, `${server.url}/watch/one-group.mp4`);
    await play(page);
    await page.evaluate(() => film.past(5, 20));
    await assertMoves(page);
    assert.deepEqual(await troubles(page), []);
    await assertEndsSoon(page);
    await assertWhole(page, 8);
  });

  await t.test('goes on where a connection was cut within and between fragments', async (t) => {
    const page = await openPage(t, `${proxy.url}/watch/one-group.mp4`, { tolerate: /WebSocket|\/ws\// });
    await play(page, 60);
    await page.evaluate(() => film.past(12, 60));
    await assertMoves(page);
    await assertEndsSoon(page);
    assert.ok(proxy.cuts() > 3, `${proxy.cuts()} cuts`);
    await assertWhole(page, 8);
  });
});

test('a server that is started again goes on with a film where it was', async (t) => {
  const { server, openPage } = await start(t, ['sample.mp4']);
  const gone = /WebSocket|\/ws\/|ERR_CONNECTION_REFUSED|\/api\//;

  await t.test('nothing is lost or repeated', async (t) => {
    const page = await openPage(t, `${server.url}/watch/sample.mp4`, { tolerate: gone });
    await play(page);
    await server.stop();
    await page.evaluate(() => film.textMatching(/The connection is lost/, 10));
    await server.again();
    await assertEndsSoon(page);
    assert.ok(await page.evaluate(() => film.player.stats.reconnects) > 0);
    await assertWhole(page);
    assert.doesNotMatch(await page.evaluate(() => film.text()), /The connection is lost/);
  });
});

test('a film that is left for another page has no viewer, and goes on when the viewer comes back', async (t) => {
  const { server, openPage } = await start(t, ['sample.mp4']);
  // The page asks, without a time limit of its own: that of the test is enough.
  const awaitViewers = (page, want) => page.evaluate(async (address, count) => {
    for (;;) {
      const text = await (await fetch(address)).text();
      if (text.includes(`\nvodsrv_viewers ${count}\n`)) return;
      await new Promise((resolve) => { requestAnimationFrame(resolve); });
    }
  }, `${server.url}/metrics`, want);

  await t.test('back and forth', { timeout: 60_000 }, async (t) => {
    const page = await openPage(t, `${server.url}/watch/sample.mp4?t=8`, { tolerate: /WebSocket|\/ws\// });
    await play(page);
    await awaitViewers(page, 1);
    await page.goto(`${server.url}/`);
    await awaitViewers(page, 0);
    await page.goBack();
    await play(page);
    await awaitViewers(page, 1);
    await assertEndsSoon(page);
  });
});
