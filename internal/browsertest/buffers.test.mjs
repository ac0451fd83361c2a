// Source buffers that are full, that fail, and that are given what cannot be decoded.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertEnds, play } from './film.mjs';
import { start } from './harness.mjs';

/** Has buffers refuse all bytes while they hold more than some seconds of film. */
function keepSmall(seconds) {
  const { appendBuffer } = SourceBuffer.prototype;
  window.most = 0;
  SourceBuffer.prototype.appendBuffer = function (bytes) {
    let held = 0;
    for (let i = 0; i < this.buffered.length; i++) held += this.buffered.end(i) - this.buffered.start(i);
    window.most = Math.max(window.most, held);
    if (held > seconds) throw new DOMException('The buffer is full.', 'QuotaExceededError');
    return appendBuffer.call(this, bytes);
  };
}

/**
 * Spoils fragments of the film's first stream from number `first` on, as many as `times`: with `samples` what they hold,
 * else the boxes that say so.
 */
function spoil(first, times, samples) {
  const { appendBuffer } = SourceBuffer.prototype;
  const { addSourceBuffer } = MediaSource.prototype;
  const seen = new WeakMap();
  window.spoilt = 0;
  MediaSource.prototype.addSourceBuffer = function (mime) {
    const buffer = addSourceBuffer.call(this, mime);
    if (mime.startsWith('video')) seen.set(buffer, 0);
    return buffer;
  };
  SourceBuffer.prototype.appendBuffer = function (data) {
    const bytes = new Uint8Array(data.slice(0));
    const isMoof = String.fromCharCode(...bytes.subarray(4, 8)) === 'moof';
    if (seen.has(this) && isMoof) seen.set(this, seen.get(this) + 1);
    if (!isMoof || !(seen.get(this) > first) || window.spoilt >= times) return appendBuffer.call(this, data);
    window.spoilt++;
    const moof = new DataView(bytes.buffer).getUint32(0);
    if (samples) bytes.fill(0xff, moof + 8);
    else bytes.fill(0xff, 16, moof);
    return appendBuffer.call(this, bytes);
  };
}

/** Has the first removal behind the start of the film fail. */
function failRemoval() {
  const { remove } = SourceBuffer.prototype;
  window.failed = 0;
  SourceBuffer.prototype.remove = function (from, to) {
    if (window.failed++ === 0) throw new DOMException('Not now.', 'InvalidStateError');
    return remove.call(this, from, to);
  };
}

test('a source buffer', async (t) => {
  const { server, openPage } = await start(t, ['sample.mp4']);
  const open = async (t, ...args) => {
    const page = await openPage(t, 'about:blank');
    await page.evaluateOnNewDocument(...args);
    await page.goto(`${server.url}/watch/sample.mp4?t=0`);
    return page;
  };
  const stats = (page) => page.evaluate(() => film.player.stats);

  await t.test('that is full is emptied behind the playhead, and the film plays to its end', async (t) => {
    const page = await open(t, keepSmall, 5);
    await play(page);
    await page.evaluate(() => {
      film.video.playbackRate = 2;
    });
    await assertEnds(page, 40);
    const { quotaErrors, rebuilds, reconnects, segments } = await stats(page);
    assert.ok(quotaErrors > 3, `${quotaErrors} times full`);
    assert.deepEqual([rebuilds, reconnects], [0, 0]);
    for (const id of [0, 1]) {
      const inOrder = segments.filter(({ stream }) => stream === id).map(({ seq }) => seq);
      assert.deepEqual(inOrder, Array.from({ length: 15 }, (_, seq) => seq), `stream ${id}`);
    }
    const most = await page.evaluate(() => window.most);
    assert.ok(most < 8, `${most} s were held`);
  });

  await t.test('that is full while the film is paused waits, and goes on with it', async (t) => {
    const page = await open(t, keepSmall, 5);
    await play(page);
    await page.evaluate(() => film.halt());
    await page.waitForFunction(() => film.player.stats.quotaErrors > 1);
    const { totalBytes } = await stats(page);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    assert.equal((await stats(page)).totalBytes, totalBytes, 'nothing is fetched again and again');
    await page.evaluate(() => film.play());
    await page.evaluate(() => film.past(12, 20));
    assert.deepEqual((await stats(page)).rebuilds, 0);
  });

  await t.test('that fails to remove is replaced by a new one', async (t) => {
    const page = await open(t, failRemoval);
    await play(page);
    await page.evaluate(() => {
      film.video.currentTime = 25;
    });
    await page.evaluate(() => film.past(25.5, 20));
    assert.equal((await stats(page)).rebuilds, 1);
    await assertEnds(page, 20, { mayStarve: true });
  });

  for (const [what, samples] of [['boxes', false], ['samples', true]]) {
    await t.test(`that got spoilt ${what} once is replaced, and the film goes on`, async (t) => {
      const page = await open(t, spoil, 2, 1, samples);
      await play(page);
      await page.evaluate(() => film.past(8, 30));
      assert.equal(await page.evaluate(() => window.spoilt), 1);
    });

    await t.test(`that gets spoilt ${what} again and again ends in a sentence`, async (t) => {
      const page = await open(t, spoil, 0, 1e9, samples);
      await page.evaluate(() => film.textMatching(/This browser cannot decode the film at 0:0\d\./, 20));
    });
  }
});
