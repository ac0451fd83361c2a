// What a player has to put up with: browsers that refuse to begin or lack MSE, tracks that begin late or end early.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertEnds, play } from './film.mjs';
import { firefox, start } from './harness.mjs';
import { plugInSoundCard } from './sound-card.mjs';

/** Has the browser refuse to play: with sound only, or in any case, until there was a gesture. */
function refusePlay(always) {
  const { play } = HTMLMediaElement.prototype;
  window.gesture = false;
  addEventListener('pointerdown', () => {
    window.gesture = true;
  }, true);
  HTMLMediaElement.prototype.play = function () {
    if (!window.gesture && (always || !this.muted)) return Promise.reject(new DOMException('no gesture', 'NotAllowedError'));
    return play.call(this);
  };
}

test('a browser that refuses', async (t) => {
  const { server, openPage } = await start(t, ['sample.mp4']);
  const open = async (t, ...args) => {
    const page = await openPage(t, 'about:blank');
    await page.evaluateOnNewDocument(...args);
    await page.goto(`${server.url}/watch/sample.mp4`);
    return page;
  };

  await t.test('sound gets the film muted, and the viewer a way to turn it on', async (t) => {
    const page = await open(t, refusePlay, false);
    await page.locator('>>>.unmute').click();
    await page.waitForFunction(() => film.video.currentTime > 0.2 && !film.video.paused);
    assert.equal(await page.evaluate(() => film.video.muted), false);
    assert.equal(await page.evaluate(() => film.query('.unmute')[0].checkVisibility()), false);
  });

  await t.test('all play gets a large button', async (t) => {
    const page = await open(t, refusePlay, true);
    await page.locator('>>>.big').click();
    await page.waitForFunction(() => film.video.currentTime > 0.2 && !film.video.paused);
    assert.equal(await page.evaluate(() => film.video.muted), false);
  });

  await t.test('to have Media Source Extensions plays the file itself', async (t) => {
    const page = await open(t, () => {
      delete window.MediaSource;
      delete window.ManagedMediaSource;
      HTMLMediaElement.prototype.canPlayType = () => '';
    });
    await play(page);
    assert.equal(await page.evaluate(() => film.player.media.way), 'file');
    assert.match(await page.evaluate(() => film.video.src), /\/media\/sample\.mp4$/);
  });
});

test('tracks of other lengths', async (t) => {
  // Where there is sound alone Firefox stands without a sound card.
  if (firefox) await plugInSoundCard(t);
  const { server, openPage } = await start(t, ['late-sound.mp4', 'short-picture.mp4']);
  await t.test('a sound that begins late does not hold up the picture', async (t) => {
    const page = await openPage(t, `${server.url}/watch/late-sound.mp4`);
    await play(page);
    await page.evaluate(() => {
      film.video.playbackRate = 2;
    });
    await assertEnds(page, 40, { mayStarve: true });
  });

  await t.test('where the picture is over the sound goes on, and the picture comes back', async (t) => {
    const page = await openPage(t, `${server.url}/watch/short-picture.mp4`);
    await play(page);
    await page.waitForFunction(() => film.video.currentTime > 8);
    await page.evaluate(() => {
      film.video.currentTime = 2;
    });
    await page.waitForFunction(() => film.video.videoWidth > 0 && film.video.currentTime > 2.5);
    assert.equal((await page.evaluate(() => film.player.stats.streams)).length, 2);
  });
});
