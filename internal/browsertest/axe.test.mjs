// What axe-core finds fault with: names, roles, contrast, landmarks, on every page and in every state of the player.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { play } from './film.mjs';
import { clip } from './fixtures.mjs';
import { firefox, start } from './harness.mjs';
import { secrets } from './users.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const SIZES = { 'on a desk': { width: 1280, height: 800 }, 'on a phone': { width: 390, height: 844, isMobile: true, hasTouch: true } };

/** Fails where axe finds a violation in the page as it is now, in light or in dark. */
async function assertAccessible(page, state) {
  // axe passes over slots, so that it takes both halves of media-chrome's tooltips, Play and Pause, for shown.
  await page.mouse.move(0, 0);
  for (const scheme of ['light', 'dark']) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }, { name: 'prefers-reduced-motion', value: 'reduce' }]);
    const violations = await page.evaluate(async (source) => {
      if (!window.axe) (0, eval)(source);
      const { violations: found } = await axe.run(document, { resultTypes: ['violations'] });
      return found.flatMap(({ id, nodes }) => nodes.map(({ target, html, failureSummary }) =>
        `${id}: ${target.flat().join(' >>> ')}\n${html.slice(0, 200)}\n${failureSummary}`));
    }, AXE);
    assert.deepEqual(violations, [], `${state}, ${scheme}:\n${violations.join('\n\n')}`);
  }
}

// Puppeteer sets colour schemes in Chromium only; what axe looks at is the same in both.
test('axe-core finds nothing wrong', { skip: firefox }, async (t) => {
  const { server, openPage, folder } = await start(t, ['sample.mp4', 'three-sounds.mp4', 'audio-only.m4a', 'mpeg4-part2.mp4']);
  mkdirSync(join(folder, 'trip'));
  copyFileSync(join(folder, 'sample.mp4'), join(folder, 'trip/part 1.mp4'));
  copyFileSync(join(folder, 'sample.mp4'), join(folder, 'trip/part 2.mp4'));
  writeFileSync(join(folder, 'no film.mp4'), 'nothing of the kind');
  writeFileSync(join(folder, 'sample.en.srt'), '1\n00:00:00,000 --> 00:00:29,000\nCaptions\n');

  for (const [where, size] of Object.entries(SIZES)) {
    const open = async (t, path, options) => {
      const page = await openPage(t, 'about:blank', options);
      await page.setViewport(size);
      await page.goto(`${server.url}${path}`);
      return page;
    };
    const watch = async (t) => {
      const page = await open(t, '/watch/sample.mp4');
      await play(page);
      await page.waitForSelector('>>>media-play-button:not([mediapaused])');
      return page;
    };
    // Controls that have faded away are looked at by nobody.
    const pause = (page) => page.evaluate(() => film.halt());

    await t.test(`in the list, ${where}`, async (t) => {
      // A place to go on at is part of the list.
      const page = await watch(t);
      await page.evaluate(() => film.seek(12));
      await page.evaluate(() => film.textMatching(/Copy link at 0:12/, 10));
      for (const view of ['grid', 'table']) {
        await page.goto(`${server.url}/?view=${view}`);
        await page.evaluate(() => film.textMatching(/no film[^]*Cannot be played[^]*Continues at 0:12/, 10));
        await assertAccessible(page, view);
      }
      await page.goto(`${server.url}/?view=grid`);
      await page.type('[name=q]', 'part');
      await page.evaluate(() => film.textMatching(/3 entries found/, 10));
      await assertAccessible(page, 'a search');
      await page.goto(`${server.url}/browse/trip/`);
      await page.evaluate(() => film.textMatching(/part 2/, 10));
      await assertAccessible(page, 'a folder');
    });

    await t.test(`on the player page, ${where}`, async (t) => {
      const page = await watch(t);
      await page.keyboard.press('c');
      await assertAccessible(page, 'playing');
      await pause(page);
      await assertAccessible(page, 'paused');
      await page.click('.clip summary');
      await assertAccessible(page, 'a clip');
      await page.keyboard.press('?');
      await page.waitForSelector('>>>.panel.help');
      await assertAccessible(page, 'the keys');
      await page.keyboard.press('Escape');
      await page.keyboard.press('i');
      await page.waitForSelector('>>>.panel.statistics');
      await assertAccessible(page, 'the statistics');
      await page.keyboard.press('i');
    });

    await t.test(`in the menus, ${where}`, async (t) => {
      const page = await watch(t);
      await pause(page);
      await page.click('>>>media-settings-menu-button');
      await page.waitForSelector('>>>media-settings-menu:not([hidden])');
      await assertAccessible(page, 'the settings');
      await page.locator('>>>media-settings-menu-item').click();
      await page.waitForSelector('>>>media-playback-rate-menu:not([hidden])');
      await assertAccessible(page, 'the speeds');
      await page.keyboard.press('Escape');
      await page.click('>>>media-captions-menu-button');
      await page.waitForSelector('>>>media-captions-menu:not([hidden])');
      await assertAccessible(page, 'the captions');
      await page.goto(`${server.url}/watch/three-sounds.mp4`);
      await play(page);
      await pause(page);
      await page.locator('>>>media-audio-track-menu-button').click();
      await page.waitForSelector('>>>media-audio-track-menu:not([hidden])');
      await assertAccessible(page, 'the sounds');
    });

    await t.test(`where there is no picture, or no way to play, ${where}`, async (t) => {
      const page = await open(t, '/watch/audio-only.m4a', { tolerate: /404/ });
      await play(page);
      await pause(page);
      await assertAccessible(page, 'sound only');
      for (const [path, text] of [['mpeg4-part2.mp4', /Try again/], ['no%20film.mp4', /not an MP4/]]) {
        await page.goto(`${server.url}/watch/${path}`);
        await page.evaluate((pattern) => film.textMatching(new RegExp(pattern), 10), text.source);
        await assertAccessible(page, path);
      }
      await page.goto(`${server.url}/watch/nowhere.mp4`);
      assert.match(await page.evaluate(() => film.text()), /no such file/);
      await assertAccessible(page, 'a page that is not there');
    });
  }
});

test('axe-core finds nothing wrong at the door', { skip: firefox }, async (t) => {
  const file = secrets(t);
  const { server, openPage } = await start(t, ['sample.mp4'], '--users-file', file('users'), '--key-file', file('key'));
  for (const [where, size] of Object.entries(SIZES)) {
    await t.test(where, async (t) => {
      const page = await openPage(t, 'about:blank', { tolerate: /401/ });
      await page.setViewport(size);
      await page.goto(`${server.url}/`);
      await assertAccessible(page, 'the login page');
      await page.type('#user', 'anna');
      await page.type('#password', 'wrong');
      await Promise.all([page.waitForNavigation(), page.click('form button')]);
      await assertAccessible(page, 'a wrong password');
    });
  }
});

test('axe-core finds nothing wrong with what is live', { skip: firefox }, async (t) => {
  const film = clip(60, '.flv', ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '0', '-g', '50', '-c:a', 'aac', '-b:a', '96k']);
  const { server, openPage } = await start(t, ['sample.mp4'], '--live', `camera=${film}`, '--live', 'away=http://127.0.0.1:9/away.flv');
  for (const [where, size] of Object.entries(SIZES)) {
    await t.test(where, async (t) => {
      const page = await openPage(t, 'about:blank');
      await page.setViewport(size);
      await page.goto(`${server.url}/`);
      await page.evaluate(() => film.textMatching(/camera\s+Live\s+away/, 10));
      await assertAccessible(page, 'the list');
      await page.goto(`${server.url}/live/camera`);
      await play(page);
      await page.evaluate(() => film.textMatching(/s behind/, 10));
      await assertAccessible(page, 'playing');
      await page.evaluate(() => film.halt());
      await assertAccessible(page, 'paused');
      await page.goto(`${server.url}/live/away`);
      await page.evaluate(() => film.textMatching(/interrupted|connecting/i, 10));
      await assertAccessible(page, 'a stream that is away');
    });
  }
});
