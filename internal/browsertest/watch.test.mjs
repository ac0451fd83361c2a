import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { play } from './film.mjs';
import { start } from './harness.mjs';

const name = (page) => page.$eval('#name', (element) => element.textContent);
const path = (page) => new URL(page.url()).pathname + new URL(page.url()).search;
const steps = (page) => page.$$eval('.step:not([hidden]) .name', (links) => links.map((link) => link.textContent).join(', '));

/** Waits for the neighbours of the film to be known. */
const known = (page, expected) => page.waitForFunction((want) => {
  const shown = [...document.querySelectorAll('.step:not([hidden]) .name')].map((link) => link.textContent).join(', ');
  return shown === want;
}, {}, expected);

test('the page around the player', async (t) => {
  const { server, openPage, folder } = await start(t, ['sample.mp4', 'mpeg4-part2.mp4']);
  mkdirSync(join(folder, 'parts'));
  for (const file of ['part 1.mp4', 'part 2.mp4', 'part 10.mp4']) copyFileSync(join(folder, 'sample.mp4'), join(folder, 'parts', file));
  copyFileSync(join(folder, 'mpeg4-part2.mp4'), join(folder, 'parts/part 3.mp4'));
  writeFileSync(join(folder, 'parts/part 4.mp4'), 'no film');

  await t.test('goes on where the last viewing stopped, which the list shows', async (t) => {
    const page = await openPage(t, `${server.url}/watch/sample.mp4`);
    await play(page);
    await page.evaluate(() => film.seek(12.4));
    await page.goto(`${server.url}/`);
    await page.evaluate(() => film.textMatching(/sample\.mp4[^]*Continues at 0:12/, 10));
    const share = await page.$eval('.bar:not([hidden])', (bar) => Number(bar.style.getPropertyValue('--share')));
    assert.ok(Math.abs(share - 12.4 / 30) < 0.01, `the bar shows ${share}`);

    const clicked = page.waitForNavigation();
    await page.evaluate(() => film.query('.title').find((link) => link.textContent === 'sample.mp4').click());
    await clicked;
    await play(page);
    assert.ok((await page.evaluate(() => film.video.currentTime)) >= 12.3);
    assert.match(await page.evaluate(() => film.text()), /Continued at 0:12/);
    const again = await page.$('#resumed button');
    const seeked = page.evaluate(() => film.seeked());
    await again.click();
    await seeked;
    assert.ok((await page.evaluate(() => film.video.currentTime)) < 5);

    await page.evaluate(() => film.seek(20));
    await page.goto(`${server.url}/`);
    await page.evaluate(() => film.textMatching(/Continues at 0:20/, 10));
    await Promise.all([page.waitForNavigation(), page.click('.again')]);
    assert.equal(path(page), '/watch/sample.mp4?t=0');
    await play(page);
    assert.ok((await page.evaluate(() => film.video.currentTime)) < 5);
  });

  await t.test('a film seen to its end is seen, another file under its name is not', async (t) => {
    // The list may ask for the picture of a file that is just gone, or of which there is only a part as yet.
    const page = await openPage(t, `${server.url}/watch/sample.mp4?t=29`, { tolerate: /404|422/ });
    await play(page);
    await page.evaluate(() => film.ended(10));
    await page.goto(`${server.url}/`);
    await page.evaluate(() => film.textMatching(/sample\.mp4[^]*Seen/, 10));
    rmSync(join(folder, 'sample.mp4'));
    copyFileSync(join(folder, 'mpeg4-part2.mp4'), join(folder, 'sample.mp4'));
    await page.waitForFunction(() => !/Seen/.test(film.text()));
    copyFileSync(join(folder, 'parts/part 1.mp4'), join(folder, 'sample.mp4'));
  });

  await t.test('knows the films before and after, in the order of the list', async (t) => {
    const page = await openPage(t, `${server.url}/watch/parts/part%202.mp4`);
    await known(page, 'part 1.mp4, part 10.mp4');
    await page.goto(`${server.url}/watch/parts/part%202.mp4?order=desc`);
    await known(page, 'part 10.mp4, part 1.mp4');
    await page.goto(`${server.url}/watch/parts/part%2010.mp4?q=MP4&in=%2F`);
    await known(page, 'part 2.mp4, sample.mp4');
    assert.equal(await page.$eval('#back', (link) => link.getAttribute('href')), `${server.url}/?q=MP4`);

    await page.goto(`${server.url}/watch/parts/part%202.mp4?sort=name&order=desc`);
    await known(page, 'part 10.mp4, part 1.mp4');
    await play(page);
    await page.evaluate(() => (window.same = true));
    await page.keyboard.press('>');
    await page.click('.clip summary');
    await page.waitForFunction(() => document.querySelector('.clip input').value);
    await page.keyboard.press('N');
    await known(page, 'part 2.mp4');
    assert.equal(await name(page), 'part 1.mp4');
    assert.equal(path(page), '/watch/parts/part%201.mp4?order=desc');
    assert.match(await page.title(), /^part 1\.mp4 /);
    assert.ok(await page.evaluate(() => window.same), 'the page was left');
    await page.waitForFunction(() => film.video.currentTime > 0.5 && !film.video.paused);
    assert.equal(await page.evaluate(() => film.video.playbackRate), 1.25, 'the speed is the viewer\'s');
    assert.equal(await page.evaluate(() => film.player.media.ariaLabel), 'part 1.mp4');
    const links = await page.$$eval('#tools a', (all) => all.map((link) => link.getAttribute('href')));
    assert.deepEqual(links, ['media/parts/part%201.mp4', 'fmp4/parts/part%201.mp4?download=1'].map((each) => `${server.url}/${each}`));
    assert.equal(await page.$eval('.clip input', ({ value }) => value), '');
    await page.goBack();
    await known(page, 'part 10.mp4, part 1.mp4');
    assert.equal(await name(page), 'part 2.mp4');
  });

  await t.test('plays all, one after the other', async (t) => {
    const page = await openPage(t, `${server.url}/browse/parts/`);
    await page.waitForSelector('.line a:not([hidden])');
    await Promise.all([page.waitForNavigation(), page.click('.line a')]);
    assert.equal(path(page), '/watch/parts/part%201.mp4?all=1');
    await play(page);
    await known(page, 'part 2.mp4');
    await page.evaluate(() => {
      film.video.currentTime = 29.5;
    });
    await known(page, 'part 1.mp4, part 10.mp4');
    assert.equal(path(page), '/watch/parts/part%202.mp4?all=1');
    await page.waitForFunction(() => film.video.currentTime > 0.5 && film.video.currentTime < 20 && !film.video.paused);
    await page.click('#all');
    assert.equal(path(page), '/watch/parts/part%202.mp4');
  });

  await t.test('where all are played, goes on behind one that fails', async (t) => {
    const page = await openPage(t, 'about:blank');
    await page.evaluateOnNewDocument(() => {
      const { appendBuffer } = SourceBuffer.prototype;
      SourceBuffer.prototype.appendBuffer = function (bytes) {
        if (/part%201\./.test(location.pathname)) throw new Error('not this one');
        return appendBuffer.call(this, bytes);
      };
    });
    await page.goto(`${server.url}/watch/parts/part%201.mp4?t=0&all=1`);
    await page.evaluate(() => film.textMatching(/This browser cannot decode the film/, 10));
    await page.evaluate(() => film.textMatching(/part 2\.mp4 begins in a few seconds/, 10));
    await page.waitForFunction(() => film.video?.currentTime > 0.5 && !film.video.paused);
    assert.equal(path(page), '/watch/parts/part%202.mp4?all=1');
    assert.doesNotMatch(await page.evaluate(() => film.text()), /begins in a few seconds|cannot decode/);
    await page.goto(`${server.url}/watch/parts/part%201.mp4?t=0&all=1`);
    await page.evaluate(() => film.textMatching(/part 2\.mp4 begins in a few seconds/, 10));
    await page.click('#resumed button');
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 6000)));
    assert.equal(await name(page), 'part 1.mp4');
  });

  await t.test('makes links to what is shown just now', async (t) => {
    const page = await openPage(t, `${server.url}/watch/parts/part%202.mp4`);
    await page.evaluate(() => {
      navigator.clipboard.writeText = async (text) => {
        window.copied = text;
      };
    });
    await play(page);
    await page.evaluate(() => film.seek(14.5));
    await page.evaluate(() => film.textMatching(/Copy link at 0:14/, 5));
    await page.evaluate(() => film.query('#tools button').find((button) => /Copy link/.test(button.textContent)).click());
    await page.evaluate(() => film.textMatching(/The link is copied/, 5));
    assert.equal(await page.evaluate(() => window.copied), `${server.url}/watch/parts/part%202.mp4?t=14`);
    await page.goto(await page.evaluate(() => window.copied));
    await play(page);
    assert.ok((await page.evaluate(() => film.video.currentTime)) >= 14);
    assert.doesNotMatch(await page.evaluate(() => film.text()), /guest/, 'without users there is nobody to sign links');
    const media = await page.$$eval('#tools a', (links) => links.map((link) => link.getAttribute('href')));
    assert.equal(media[0], `${server.url}/media/parts/part%202.mp4`);
  });

  await t.test('offers the film as one fragmented file, and clips of it', async (t) => {
    const page = await openPage(t, `${server.url}/watch/parts/part%202.mp4`);
    await play(page);
    await page.evaluate(() => {
      // What is clicked is looked at instead of downloaded.
      document.addEventListener('click', (event) => {
        const link = event.target.closest('a[download]');
        if (!link) return;
        event.preventDefault();
        window.wanted = link.href;
      });
      HTMLAnchorElement.prototype.click = function click() {
        window.wanted = this.href;
      };
    });
    const answer = () => page.evaluate(async () => {
      const response = await fetch(window.wanted, { method: 'HEAD' });
      return { url: window.wanted, status: response.status, named: response.headers.get('Content-Disposition') };
    });
    await page.evaluate(() => film.seek(10));
    await page.evaluate(() => film.query('#tools a')[1].dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true })));
    const whole = await answer();
    assert.deepEqual([whole.url, whole.status], [`${server.url}/fmp4/parts/part%202.mp4?download=1`, 200]);
    assert.match(whole.named, /^attachment/);

    await page.click('.clip summary');
    const fields = await page.$$('.clip input');
    assert.deepEqual(await Promise.all(fields.map((field) => field.evaluate(({ value }) => value))), ['0:10', '0:30']);
    await page.evaluate(() => film.seek(14.5));
    await page.evaluate(() => film.query('.clip button')[1].click());
    assert.equal(await fields[1].evaluate(({ value }) => value), '0:14.5');
    await page.click('.clip .strong');
    const clip = await answer();
    assert.deepEqual([clip.url, clip.status], [`${server.url}/fmp4/parts/part%202.mp4?from=10&to=14.5&download=1`, 200]);
    await fields[1].evaluate((field) => {
      field.value = 'soon';
    });
    await page.click('.clip .strong');
    await page.evaluate(() => film.textMatching(/Times are written like/, 5));
  });
});
