import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertEnds, assertInStepWithClock, assertSeek, play } from './film.mjs';
import { FPS } from './fixtures.mjs';
import { firefox, start } from './harness.mjs';
import { plugInSoundCard } from './sound-card.mjs';

/** Chooses an audio track by its place in the list, and watches the picture: the longest time that a frame stood, in seconds. */
function switchSound(page, k, seconds = 2) {
  return page.evaluate(async (k, seconds) => {
    const { video, player } = film;
    let last = performance.now();
    let longest = 0;
    let watching = true;
    const frame = (now) => {
      longest = Math.max(longest, now - last);
      last = now;
      if (watching) video.requestVideoFrameCallback(frame);
    };
    await new Promise((resolve) => video.requestVideoFrameCallback((now) => resolve(frame(now))));
    longest = 0;
    [...player.media.audioTracks][k].enabled = true;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    watching = false;
    return longest / 1000;
  }, k, seconds);
}

const sounds = (page) => page.evaluate(() => [...film.player.media.audioTracks].map(({ label, enabled }) => [label, enabled]));

test('another sound', async (t) => {
  if (firefox) await plugInSoundCard(t);
  const { server, openPage } = await start(t, ['three-sounds.mp4', 'other-sounds.mp4']);

  await t.test('goes on at the same instant, without a gap in the picture', async (t) => {
    const page = await openPage(t, `${server.url}/watch/three-sounds.mp4`);
    await play(page);
    assert.deepEqual(await sounds(page), [['English', true], ['German', false], ['French', false]]);
    await assertInStepWithClock(page, 1.5);

    const stood = { 1: [], 2: [], 0: [] };
    for (const k of [1, 2, 0, 2, 1, 0, 2, 0, 1]) stood[k].push(Math.round(1000 * await switchSound(page, k, 1.5)));
    t.diagnostic(`a frame stood for ${JSON.stringify(stood)} ms at most`);
    // A machine that is busy with something else may hold up the picture once or twice.
    for (const times of Object.values(stood)) assert.ok(Math.min(...times) <= 100, `a frame stood for ${times} ms`);

    const { segments, rebuilds, reconnects, streams } = await page.evaluate(() => film.player.stats);
    assert.deepEqual([rebuilds, reconnects], [0, 0]);
    assert.deepEqual(streams.map(({ tracks }) => tracks), [[1], [3]]);
    const pictures = segments.filter(({ stream }) => stream === 0).map(({ seq }) => seq);
    assert.deepEqual(pictures, pictures.map((_, k) => k), 'each segment of the picture came once');
    assert.deepEqual(await page.evaluate(() => film.troubles), []);
    assert.deepEqual((await sounds(page)).map(([, enabled]) => enabled), [false, true, false]);

    // Back where the track before was buffered, and on to the end.
    await assertSeek(page, 3.13, { fps: FPS });
    await assertSeek(page, 27.57, { fps: FPS });
    await play(page);
    await assertEnds(page, 10);
  });

  await t.test('is what is heard', async (t) => {
    const page = await openPage(t, `${server.url}/watch/three-sounds.mp4`);
    await play(page);
    // Some browsers let only who was touched make a sound of his own.
    await page.mouse.click(2, 2);
    const heard = (wanted) => page.evaluate(async (wanted) => {
      if (!window.analyser) {
        const context = new AudioContext();
        window.analyser = context.createAnalyser();
        const source = context.createMediaElementSource(film.video);
        source.connect(window.analyser);
        source.connect(context.destination);
        await context.resume();
      }
      const samples = new Float32Array(2048);
      for (const end = performance.now() + 5000; performance.now() < end; await new Promise(requestAnimationFrame)) {
        window.analyser.getFloatTimeDomainData(samples);
        const loud = samples.some((sample) => Math.abs(sample) > 0.01);
        if (loud === wanted) return true;
      }
      return false;
    }, wanted);
    assert.ok(await heard(true), 'the first track has a tone');
    await switchSound(page, 1, 0);
    assert.ok(await heard(false), 'the second is silent');
    await switchSound(page, 2, 0);
    assert.ok(await heard(true), 'the third has a tone');
  });

  await t.test('of another film is called by its own name, though its track has the same id', async (t) => {
    const page = await openPage(t, `${server.url}/watch/three-sounds.mp4`);
    await play(page);
    await page.evaluate(() => new Promise((resolve) => {
      film.player.addEventListener('vod-open', resolve, { once: true });
      film.player.setAttribute('src', 'other-sounds.mp4');
    }));
    assert.deepEqual(await sounds(page), [['Spanish', true], ['Italian', false], ['French', false]]);
  });

  await t.test('is chosen from a menu', async (t) => {
    const page = await openPage(t, `${server.url}/watch/three-sounds.mp4`);
    await play(page);
    await page.locator('>>>media-audio-track-menu-button').click();
    await page.locator('>>>media-audio-track-menu >>> media-chrome-menu-item:nth-of-type(2)').click();
    await page.waitForFunction(() => film.player.stats.streams[1].tracks[0] === 3);
  });
});
