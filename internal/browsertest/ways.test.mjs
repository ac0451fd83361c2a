// The ways to play a film in a browser that has not the first of them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { assertEnds, assertInStepWithClock, assertSeek, play } from './film.mjs';
import { FPS } from './fixtures.mjs';
import { start, webkit } from './harness.mjs';
import { secrets } from './users.mjs';

test('a browser', async (t) => {
  const { server, openPage } = await start(t, ['sample.mp4']);

  /** Opens the sample in a browser that lost what take() deletes. */
  async function without(t, take) {
    const page = await openPage(t, 'about:blank');
    await page.evaluateOnNewDocument(take);
    await page.goto(`${server.url}/watch/sample.mp4`);
    await play(page);
    await assertInStepWithClock(page, 2);
    await assertSeek(page, 24.57, { fps: FPS });
    await assertSeek(page, 9.31, { fps: FPS });
    await page.evaluate(() => film.seek(film.video.duration - 2));
    await play(page);
    await assertEnds(page, 10);
    return page;
  }

  await t.test('with ManagedMediaSource alone plays the film', { skip: !webkit }, async (t) => {
    const page = await without(t, () => {
      delete window.MediaSource;
      window.added = 0;
      const { addSourceBuffer } = ManagedMediaSource.prototype;
      ManagedMediaSource.prototype.addSourceBuffer = function (mime) {
        window.added++;
        return addSourceBuffer.call(this, mime);
      };
    });
    assert.ok(await page.evaluate(() => window.added > 0), 'ManagedMediaSource was used');
  });

  await t.test('without Media Source Extensions plays it by itself', async (t) => {
    const page = await without(t, () => {
      delete window.MediaSource;
      delete window.ManagedMediaSource;
    });
    assert.match(await page.evaluate(() => film.video.currentSrc), /^http/);
  });
});

/** Leaves a browser without Media Source Extensions that says it plays HLS, and fails at it. */
function failHLS() {
  delete window.MediaSource;
  delete window.ManagedMediaSource;
  HTMLMediaElement.prototype.canPlayType = () => 'maybe';
  const src = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'src');
  window.asked = [];
  Object.defineProperty(HTMLMediaElement.prototype, 'src', {
    ...src,
    set(url) {
      window.asked.push(url.replace(/^.*\./, ''));
      src.set.call(this, url.replace(/.*m3u8$/, '/healthz'));
    },
  });
}

test('a browser without Media Source Extensions', { skip: webkit }, async (t) => {
  const { server, openPage } = await start(t, ['sample.mp4', 'progressive.mp4']);

  await t.test('that fails at HLS plays the file, from the same place', async (t) => {
    const page = await openPage(t, 'about:blank');
    await page.evaluateOnNewDocument(failHLS);
    await page.goto(`${server.url}/watch/sample.mp4?t=12`);
    await page.waitForFunction(() => film.video?.currentTime > 12.5 && !film.video.paused);
    assert.deepEqual(await page.evaluate(() => window.asked), ['m3u8', 'mp4']);
    assert.equal(await page.evaluate(() => film.player.media.way), 'file');
    assert.equal(await page.evaluate(() => film.player.hasAttribute('failed')), false);
  });

  await t.test('leaves one film before it knows how to play the next', async (t) => {
    const page = await openPage(t, 'about:blank');
    await page.evaluateOnNewDocument(() => {
      delete window.MediaSource;
      delete window.ManagedMediaSource;
      HTMLMediaElement.prototype.canPlayType = (type) => (/mpegurl/.test(type) ? 'maybe' : 'probably');
      const { fetch } = window;
      window.fetch = async (url, options) => {
        if (options?.method !== 'HEAD') return fetch(url, options);
        if (window.held) await window.held;
        return { status: 404 };
      };
    });
    await page.goto(`${server.url}/watch/progressive.mp4?t=3`);
    await page.waitForFunction(() => film.video?.currentTime > 3.5 && film.player.hasAttribute('next'));
    await page.evaluate(() => {
      window.held = new Promise((resolve) => (window.letGo = resolve));
    });
    await page.keyboard.press('N');
    await page.waitForFunction(() => /sample/.test(location.pathname));
    assert.deepEqual(await page.evaluate(() => [film.video.readyState, film.video.currentTime]), [0, 0]);
    await page.evaluate(() => window.letGo());
    await page.waitForFunction(() => film.video.currentTime > 0.5 && film.video.duration > 29 && !film.video.paused);
    assert.match(await page.evaluate(() => film.video.currentSrc), /\/media\/sample\.mp4$/);
  });
});

const unseen = webkit && 'what is run before the page comes by a proxy that knows no TLS';
test('a page that came over https is told that it gets no film over http', { skip: unseen }, async (t) => {
  const file = secrets(t);
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-subj', '/CN=localhost', '-keyout', file('key.pem'), '-out', file('cert.pem')], { stdio: 'ignore' });
  const { server, openPage } = await start(t, ['sample.mp4'], '--tls-cert', file('cert.pem'), '--tls-key', file('key.pem'));
  await t.test('in a sentence', async (t) => {
    const page = await openPage(t, `${server.url}/watch/sample.mp4`);
    await play(page);
    await page.evaluate(() => {
      const player = document.createElement('vod-player');
      player.setAttribute('src', 'http://films.example/watch/sample.mp4');
      film.player.replaceWith(player);
    });
    await page.evaluate(() => film.textMatching(/This page came over https.*films\.example/, 5));
  });
});
