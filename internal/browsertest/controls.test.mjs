import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertInStepWithClock, play } from './film.mjs';
import { FPS } from './fixtures.mjs';
import { start } from './harness.mjs';

test('the controls of the player', async (t) => {
  const { server, openPage } = await start(t, ['sample.mp4', 'mpeg4-part2.mp4']);
  const open = async (t) => {
    const page = await openPage(t, `${server.url}/watch/sample.mp4`);
    await play(page);
    await page.waitForSelector('>>>media-play-button:not([mediapaused])');
    return page;
  };

  await t.test('pause, seek, play on, twice as fast, muted', async (t) => {
    const page = await open(t);
    await page.click('>>>media-play-button');
    assert.equal(await page.evaluate(() => film.video.paused), true);

    const bar = await (await page.$('>>>media-time-range')).boundingBox();
    const seeked = page.evaluate(() => film.seeked());
    await page.mouse.click(bar.x + bar.width / 2, bar.y + bar.height / 2);
    const { currentTime, frame } = await seeked;
    assert.ok(Math.abs(currentTime - 15) < 0.5, `the middle of the bar went to ${currentTime}`);
    assert.ok(Math.abs(frame - Math.floor(currentTime * FPS)) <= 1, `frame ${frame} at ${currentTime}`);

    await page.keyboard.press('k');
    assert.equal(await page.evaluate(() => film.video.paused), false);

    await page.click('>>>media-settings-menu-button');
    await page.locator('>>>media-settings-menu-item').click();
    await page.locator('>>>media-chrome-menu-item[value="2"]').click();
    await assertInStepWithClock(page, 3, 2);

    await page.click('>>>media-mute-button');
    assert.equal(await page.evaluate(() => film.video.muted), true);
  });

  await t.test('keys do what they do elsewhere, wherever the focus is', async (t) => {
    const page = await open(t);
    const after = async (key, read) => {
      await page.keyboard.press(key);
      return page.evaluate(read);
    };
    const time = () => Math.round(film.video.currentTime);
    await after('k', () => film.video.paused);
    assert.equal(await after('5', time), 15);
    assert.equal(await after('l', time), 25);
    assert.equal(await after('j', time), 15);
    assert.equal(await after('ArrowLeft', time), 10);
    assert.equal(await after('ArrowRight', time), 15);
    assert.equal(await after('Home', time), 0);
    assert.equal(await after('>', () => film.video.playbackRate), 1.25);
    assert.equal(await after('<', () => film.video.playbackRate), 1);
    assert.equal(await after('m', () => film.video.muted), true);
    assert.equal(await after('m', () => film.video.muted), false);
    const quieter = await after('ArrowDown', () => film.video.volume);
    assert.ok(quieter < 1);
    assert.equal(await page.evaluate(() => localStorage.getItem('media-chrome-pref-volume')), String(quieter), 'the next film is as loud');
    assert.match(await after('?', () => film.text()), /Back, forward by 10 seconds/);
    assert.doesNotMatch(await after('Escape', () => film.text()), /Back, forward by 10 seconds/);
    assert.match(await after('i', () => film.text()), /Media Source Extensions/);
    assert.doesNotMatch(await after('i', () => film.text()), /Media Source Extensions/);
    // A link elsewhere on the page has the focus.
    await page.focus('#back');
    assert.equal(await after('k', () => film.video.paused), false);
    // A button has its own use for the space bar: it is pressed once, not twice.
    await page.focus('>>>media-mute-button');
    await page.keyboard.press(' ');
    await page.waitForFunction(() => film.video.muted);
    assert.equal(await page.evaluate(() => film.video.paused), false);
  });

  await t.test('leave the focus to the player where they go', async (t) => {
    const page = await openPage(t, 'about:blank');
    await page.evaluateOnNewDocument(() => {
      const { play } = HTMLMediaElement.prototype;
      HTMLMediaElement.prototype.play = function () {
        return this.muted || window.touched ? play.call(this) : Promise.reject(new DOMException('refused', 'NotAllowedError'));
      };
    });
    await page.goto(`${server.url}/watch/sample.mp4`);
    await page.waitForSelector('>>>.unmute:not([hidden])');
    await page.evaluate(() => (window.touched = true));
    const focus = () => page.evaluate(() => document.activeElement.localName);
    await page.focus('>>>.unmute');
    await page.keyboard.press('Enter');
    await page.waitForSelector('>>>.unmute[hidden]');
    assert.equal(await focus(), 'vod-player');
    await page.keyboard.press('i');
    await page.focus('>>>.statistics .close');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => film.query('.statistics').length === 0);
    assert.equal(await focus(), 'vod-player');
  });

  await t.test('are named for those who do not see them', async (t) => {
    const page = await open(t);
    const nameless = await page.evaluate(() => film.query('button, [role=button], [role=slider], input, video, ws-video')
      .filter((element) => element.checkVisibility() && !element.closest('media-chrome-menu-item'))
      .filter((element) => !element.labels?.length && !element.ariaLabel && !element.title && !element.innerText?.trim() && !element.getRootNode().host?.ariaLabel)
      .map((element) => element.outerHTML.slice(0, 120)));
    assert.deepEqual(nameless, []);
  });

  await t.test('say of a film that cannot be played why not, and what else there is', async (t) => {
    const page = await openPage(t, `${server.url}/watch/mpeg4-part2.mp4`, { soundOnly: true });
    await page.evaluate(() => film.textMatching(/Try again/, 10));
    const actions = await page.evaluate(() => film.query('.actions > *').map((action) => action.innerText));
    assert.deepEqual(actions, ['Play the sound only', 'Open the original file', 'Try again']);
    await page.click('>>>.actions button');
    await page.waitForFunction(() => film.video.currentTime > 0.5);
    assert.ok(await page.evaluate(() => film.player.hasAttribute('sound-only')));
  });

  await t.test('go on with the sound only where the viewing had stopped', async (t) => {
    const page = await openPage(t, `${server.url}/watch/mpeg4-part2.mp4?t=3`, { soundOnly: true });
    await page.evaluate(() => film.textMatching(/Try again/, 10));
    await page.click('>>>.actions button');
    await page.evaluate(() => film.past(0, 10));
    assert.ok(await page.evaluate(() => film.video.currentTime >= 3), await page.evaluate(() => film.describe()));
  });

  await t.test('keep their place while the page loads', async (t) => {
    const page = await openPage(t, 'about:blank');
    await page.evaluateOnNewDocument(() => {
      window.shift = 0;
      new PerformanceObserver((list) => {
        for (const { value } of list.getEntries()) window.shift += value;
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await page.goto(`${server.url}/watch/sample.mp4`);
    await play(page);
    await page.waitForSelector('>>>media-play-button:not([mediapaused])');
    assert.ok(await page.evaluate(() => window.shift) < 0.01, `the layout shifted by ${await page.evaluate(() => window.shift)}`);
  });
});
