import assert from 'node:assert/strict';
import { test } from 'node:test';
import { play } from './film.mjs';
import { start } from './harness.mjs';

test('the start of a film', async (t) => {
  const { server, openPage } = await start(t, ['sample.mp4']);

  // A MediaSource is open some time before its sourceopen event is handled, and the server's
  // first message may come in between. One SourceBuffer too many then waits for an init segment
  // for ever, and Chromium shows nothing.
  await t.test('has one SourceBuffer for each stream, however late sourceopen is heard of', async (t) => {
    const page = await openPage(t, 'about:blank');
    await page.evaluateOnNewDocument(hearSourceopenLate);
    await page.goto(`${server.url}/watch/sample.mp4`);
    await play(page);
    assert.equal(await page.evaluate(() => window.sourceBuffers), 2);
    assert.equal(await page.evaluate(() => film.player.stats.rebuilds), 0);
  });

  await t.test('is seen before there is a WebSocket, which then goes on with what is next', async (t) => {
    const page = await openPage(t, 'about:blank');
    await page.evaluateOnNewDocument(noteSockets);
    await page.goto(`${server.url}/watch/sample.mp4`);
    await play(page);
    await page.waitForFunction(() => window.sockets.length > 0);
    const [{ url, shown }] = await page.evaluate(() => window.sockets);
    assert.match(url, /[?&]seq=1%2C1&/);
    assert.ok(shown);
    await page.waitForFunction(() => film.player.stats.segmentCount >= 4);
    assert.deepEqual(await page.evaluate(() => film.player.stats.segments.filter(({ stream }) => stream === 0).slice(0, 2).map(({ seq }) => seq)), [0, 1]);
    assert.equal(await page.evaluate(() => film.player.stats.reconnects), 0);
  });

  await t.test('is fetched once, wherever it begins', async (t) => {
    for (const query of ['', '?t=12.5']) {
      const page = await openPage(t, `${server.url}/watch/sample.mp4${query}`);
      await page.evaluate(() => film.ready());
      const fetched = () => performance.getEntriesByType('resource').filter(({ name }) => name.includes('/begin/')).length;
      assert.equal(await page.evaluate(fetched), 1, query);
    }
  });
});

function noteSockets() {
  window.sockets = [];
  let shown = false;
  document.addEventListener('loadeddata', () => (shown = true), true);
  window.WebSocket = class extends WebSocket {
    constructor(url, protocol) {
      super(url, protocol);
      window.sockets.push({ url, shown });
    }
  };
}

function hearSourceopenLate() {
  const { addEventListener, addSourceBuffer } = MediaSource.prototype;
  MediaSource.prototype.addEventListener = function (name, handler, options) {
    const late = name === 'sourceopen' ? () => setTimeout(handler, 500) : handler;
    addEventListener.call(this, name, late, options);
  };
  window.sourceBuffers = 0;
  MediaSource.prototype.addSourceBuffer = function (mime) {
    window.sourceBuffers++;
    return addSourceBuffer.call(this, mime);
  };
}
