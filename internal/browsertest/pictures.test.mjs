// Pictures of films in the list and on the seek bar: made by the browser of key frames, and kept.
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { play } from './film.mjs';
import { start } from './harness.mjs';

/** How many entries show a picture, as soon as there are `wanted`, or after some seconds. */
const pictures = (page, wanted, seconds = 15) => page.evaluate(async (count, patience) => {
  const deadline = performance.now() + patience * 1000;
  const shown = () => film.query('.poster img').filter((image) => image.complete && image.naturalWidth > 0).length;
  while (shown() < count && performance.now() < deadline) await new Promise(requestAnimationFrame);
  return shown();
}, wanted, seconds);

const asked = (page) => page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => /\/keyframe\//.test(name)).length);

test('pictures', async (t) => {
  const { server, folder, openPage } = await start(t, ['sample.mp4', 'fragmented.mp4', 'audio-only.m4a', 'mpeg4-part2.mp4']);

  await t.test('of films are in the list, and kept', async (t) => {
    // While a file is being replaced, there is no picture of it.
    const page = await openPage(t, `${server.url}/`, { tolerate: /keyframe\/sample/ });
    assert.equal(await pictures(page, 2), 2);
    assert.equal(await asked(page), 2, 'nothing is asked of films that this browser does not show');
    const { frame, ratio } = await page.evaluate(async () => {
      const image = film.query('.entry').find((entry) => /sample/.test(entry.innerText)).querySelector('img');
      Object.defineProperty(film, 'video', { value: Object.assign(image, { videoWidth: image.naturalWidth, videoHeight: image.naturalHeight }), configurable: true });
      return { frame: film.frame(), ratio: image.naturalWidth / image.naturalHeight };
    });
    assert.equal(frame % 50, 0, `frame ${frame} is no key frame`);
    assert.ok(Math.abs(ratio - 16 / 9) < 0.01);
    await page.reload();
    assert.equal(await pictures(page, 2), 2);
    assert.equal(await asked(page), 0, 'they were kept');
    copyFileSync(join(folder, 'fragmented.mp4'), join(folder, 'sample.mp4'));
    await page.waitForFunction(() => /sample\.mp4[^]*0:08/.test(film.text()));
    await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => /\/keyframe\/sample/.test(name)));
    assert.equal(await pictures(page, 2), 2, 'that of a file that was replaced is made anew');
  });

  await t.test('are not drawn before there is a frame', async (t) => {
    const page = await openPage(t, 'about:blank');
    await page.evaluateOnNewDocument(() => {
      delete HTMLVideoElement.prototype.requestVideoFrameCallback;
      const { drawImage } = CanvasRenderingContext2D.prototype;
      window.early = 0;
      CanvasRenderingContext2D.prototype.drawImage = function (source, ...where) {
        if (!(source instanceof HTMLVideoElement) || window.early++ > 4) return drawImage.call(this, source, ...where);
        this.fillRect(0, 0, this.canvas.width, this.canvas.height);
      };
    });
    await page.goto(`${server.url}/`);
    await page.evaluate(() => indexedDB.deleteDatabase('vodsrv.pictures'));
    await page.reload();
    assert.equal(await pictures(page, 2), 2);
    const brightest = await page.evaluate(() => film.query('.poster img').map((image) => {
      const canvas = new OffscreenCanvas(64, 36);
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0, 64, 36);
      return Math.max(...context.getImageData(0, 0, 64, 36).data.filter((_, i) => i % 4 < 3));
    }));
    assert.ok(brightest.every((value) => value > 100), `black pictures: ${brightest}`);
    assert.ok(await page.evaluate(() => window.early) > 4);
  });

  await t.test('wait until no film plays in another page', async (t) => {
    const player = await openPage(t, `${server.url}/watch/fragmented.mp4`);
    await play(player);
    await player.evaluate(() => {
      film.video.loop = true;
    });
    const page = await openPage(t, `${server.url}/`);
    assert.equal(await pictures(page, 2), 2, 'those that were kept are shown');
    await page.evaluate(() => new Promise((resolve) => {
      new BroadcastChannel('vodsrv.playing').onmessage = resolve;
    }));
    copyFileSync(join(folder, 'fragmented.mp4'), join(folder, 'one more.mp4'));
    await page.evaluate(() => film.textMatching(/one more\.mp4[^]*0:08/, 5));
    assert.equal(await pictures(page, 3, 1), 2, 'a picture was made while a film played');
    await player.evaluate(() => {
      film.video.loop = false;
      film.video.pause();
    });
    assert.equal(await pictures(page, 3), 3);
  });

  await t.test('of the place that is pointed at stand over the seek bar', async (t) => {
    const page = await openPage(t, `${server.url}/watch/fragmented.mp4`);
    await play(page);
    const { frame, type, same } = await page.evaluate(async () => {
      const [blob, again] = [await film.player.preview(5.5), await film.player.preview(5)];
      const bitmap = await createImageBitmap(blob);
      Object.defineProperty(bitmap, 'videoWidth', { value: bitmap.width });
      Object.defineProperty(bitmap, 'videoHeight', { value: bitmap.height });
      Object.defineProperty(film, 'video', { value: bitmap, configurable: true });
      return { frame: film.frame(), type: blob.type, same: blob === again };
    });
    assert.deepEqual([frame, type, same], [100, 'image/jpeg', true]);
  });

  await t.test('move while the mouse rests on an entry', async (t) => {
    const page = await openPage(t, `${server.url}/`);
    await pictures(page, 3);
    await page.mouse.move(5, 5);
    const entry = await page.waitForSelector('.entry[data-path="fragmented.mp4"]');
    await entry.hover();
    await page.waitForFunction(() => document.querySelector('.poster video')?.currentTime > 0.3);
    const { muted, hidden, path, audio } = await page.$eval('.poster video', (video) => ({
      muted: video.muted, hidden: video.hidden, path: video.closest('.entry').dataset.path, audio: new URL(video.src).search,
    }));
    assert.deepEqual([muted, hidden, path], [true, false, 'fragmented.mp4']);
    assert.match(audio, /^\?from=1\.6\d&to=7\.6\d&tracks=1$/, 'the picture alone is asked for');
    await page.evaluate(() => window.dispatchEvent(new Event('scroll')));
    assert.equal(await page.$('.poster video'), null, 'the list moved below the mouse');
    await page.mouse.move(5, 5);
    await entry.hover();
    await page.waitForFunction(() => document.querySelector('.poster video')?.currentTime > 0.3);
    await page.mouse.move(5, 5);
    await page.waitForFunction(() => !document.querySelector('.poster video'));
    await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]).catch(() => {});
    // Puppeteer has no way to tell Firefox.
    if (!(await page.evaluate(() => matchMedia('(prefers-reduced-motion: reduce)').matches))) return;
    await entry.hover();
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1500)));
    assert.equal(await page.$('.poster video'), null, 'nothing moves for those who do not want it');
  });
});
