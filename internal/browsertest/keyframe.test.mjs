// Pictures without a decoder on the server: the browser shows a key frame as a film.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { start } from './harness.mjs';

const corpus = fileURLToPath(new URL('../../../shared/corpus/valid', import.meta.url));

/** Shows a key frame: its number by the bar code, or what went wrong. */
async function show(url) {
  const video = document.createElement('video');
  video.muted = true;
  video.preload = 'auto';
  document.body.append(video);
  Object.defineProperty(film, 'video', { value: video, configurable: true });
  try {
    const loaded = new Promise((resolve, reject) => {
      video.onloadeddata = resolve;
      video.onerror = () => reject(new Error(video.error.message));
      setTimeout(() => reject(new Error(`no picture: ${film.describe()}`)), 15_000);
    });
    video.src = url;
    await loaded;
    return { frame: film.frame(), duration: video.duration, width: video.videoWidth, height: video.videoHeight };
  } catch (error) {
    return { trouble: error.message };
  } finally {
    video.removeAttribute('src');
    video.load();
    video.remove();
  }
}

test('key frames', async (t) => {
  const { server, folder, openPage } = await start(t, ['sample.mp4', 'fragmented.mp4', 'delayed-moov.mp4', 'audio-only.m4a']);

  await t.test('are shown by the browser, the right ones', async (t) => {
    const page = await openPage(t, server.url);
    for (const [path, time, frame] of [
      ['sample.mp4', 0, 0], ['sample.mp4', 5.9, 100], ['sample.mp4', 1e6, 700], ['fragmented.mp4', 4.5, 100], ['delayed-moov.mp4', 3, 50],
    ]) {
      const shown = await page.evaluate(show, `/keyframe/${path}?t=${time}`);
      assert.equal(shown.frame, frame, `${path} at ${time}: ${JSON.stringify(shown)}`);
      assert.ok(Math.abs(shown.duration - 1) < 0.1, `${path}: ${shown.duration} s`);
    }
  });

  await t.test('are not to be had of sound', async (t) => {
    const page = await openPage(t, server.url, { tolerate: /404/ });
    const answer = await page.evaluate(async () => {
      const response = await fetch('/keyframe/audio-only.m4a');
      return { status: response.status, ...(await response.json()).error };
    });
    assert.deepEqual([answer.status, answer.code, answer.message], [404, 'unsupported', 'The film has no video.']);
  });

  await t.test('of films of many makers are shown', { skip: !existsSync(corpus) && 'the films are not here' }, async (t) => {
    const names = readdirSync(corpus, { recursive: true }).filter((name) => /\.(mp4|m4v|mov)$/i.test(name)).sort()
      .map((name, k) => {
        const short = `film${k}${extname(name)}`;
        copyFileSync(join(corpus, name), join(folder, short));
        return { name, short };
      });
    const page = await openPage(t, server.url, { tolerate: /404|422|MEDIA_ERR|Media resource/ });
    const seen = { shown: 0, refused: 0, 'not played here': 0 };
    const wrong = [];
    for (const { name, short } of names) {
      const { status, code, plays } = await page.evaluate(async (path) => {
        const response = await fetch(`/keyframe/${path}`);
        const info = await (await fetch(`/api/info/${path}`)).json();
        const track = info.tracks.find(({ kind, playable }) => kind === 'video' && playable);
        const plays = Boolean(track) && MediaSource.isTypeSupported(`video/mp4; codecs="${track.codec}"`);
        return { status: response.status, code: response.ok ? '' : (await response.json()).error.code, plays };
      }, short);
      if (status !== 200) {
        assert.ok(['unsupported', 'bad_file'].includes(code), `${name}: ${status} ${code}`);
        seen.refused++;
      } else if (!plays) {
        seen['not played here']++;
      } else {
        const shown = await page.evaluate(show, `/keyframe/${short}`);
        if (shown.trouble || !shown.width) wrong.push([name, shown]);
        seen.shown++;
      }
    }
    t.diagnostic(JSON.stringify(seen));
    assert.deepEqual(wrong, []);
    assert.ok(seen.shown > 20, JSON.stringify(seen));
  });
});
