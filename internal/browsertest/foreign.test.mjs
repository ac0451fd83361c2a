// The player on a page of another origin, as docs/player.md shows it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { assertInStepWithClock, assertSeek, play } from './film.mjs';
import { FPS } from './fixtures.mjs';
import { start } from './harness.mjs';

const read = (name) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const doc = read('player.md');
const [player, bare] = [...doc.matchAll(/```html\n([^]*?)```/g)].map(([, html]) => html);

/** A web site of its own; pages are to be filled in. */
async function website(t) {
  const pages = {};
  const site = createServer((request, response) => {
    response.setHeader('Content-Type', request.url.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8');
    response.end(pages[request.url] ?? '');
  }).listen(0, '127.0.0.1');
  await once(site, 'listening');
  t.after(() => {
    site.close();
    site.closeAllConnections();
  });
  return { pages, origin: `http://127.0.0.1:${site.address().port}` };
}

test('the player on anyone\'s page', async (t) => {
  const { pages, origin } = await website(t);
  const { server, openPage } = await start(t, ['sample.mp4'], '--allow-origin', origin);
  const { host } = new URL(server.url);
  pages['/player'] = player.replaceAll('localhost:8327', host);
  pages['/bare'] = `<!doctype html><meta charset="utf-8">${bare.replaceAll('localhost:8327', host)}`;

  for (const name of ['example.html', 'example.js']) pages[`/${name}`] = read(name).replaceAll('localhost:8327', host);

  await t.test('is played on by the page of the example', async (t) => {
    const page = await openPage(t, `${origin}/example.html`);
    await play(page);
    await page.evaluate(() => film.textMatching(/\d of 30 seconds/, 5));
    await page.click('button[data-time="15"]');
    await page.waitForFunction(() => film.video.currentTime > 15.5 && !film.video.paused);
    await page.evaluate(() => film.textMatching(/1[5-9] of 30 seconds/, 5));
  });

  await t.test('tells the page of the example why it does not play', async (t) => {
    pages['/gone.html'] = pages['/example.html'].replace('watch/sample.mp4', 'watch/gone.mp4');
    const page = await openPage(t, `${origin}/gone.html`, { tolerate: /404|WebSocket/ });
    await page.evaluate(() => film.textMatching(/Read the text below instead: .+/, 10));
  });

  await t.test('plays, seeks, has its controls, and asks nobody else', async (t) => {
    const page = await openPage(t, 'about:blank');
    const hosts = new Set();
    page.on('request', (request) => hosts.add(new URL(request.url()).origin));
    await page.goto(`${origin}/player`);
    await play(page);
    await page.waitForSelector('>>>media-play-button:not([mediapaused])');
    await assertInStepWithClock(page, 2);
    await assertSeek(page, 20.13, { fps: FPS });
    await page.waitForFunction(() => film.player.info?.duration > 29);
    hosts.delete('null');
    assert.deepEqual([...hosts].filter((each) => ![origin, server.url].includes(each)), []);
  });

  await t.test('shows pictures above the seek bar', async (t) => {
    const page = await openPage(t, `${origin}/player`);
    await play(page);
    await page.waitForSelector('>>>media-play-button:not([mediapaused])');
    await page.evaluate(() => film.halt());
    const bar = await (await page.$('>>>media-time-range')).boundingBox();
    const shown = () => page.waitForFunction(() => film.query('img.preview:not([hidden])')[0]?.naturalWidth > 0, { timeout: 6000 }).then(() => true, () => false);
    let seen = false;
    // A busy machine may have no frame in time; who moves the mouse on asks again.
    for (let part = 2; !seen && part < 6; part++) {
      await page.mouse.move(bar.x + bar.width / part, bar.y + bar.height / 2, { steps: 3 });
      seen = await shown();
    }
    assert.ok(seen, 'no picture');
  });

  await t.test('waits for a film, has it by its path on the server, and goes on where it stood when it is moved', async (t) => {
    pages['/empty'] = `<!doctype html><meta charset="utf-8"><script type="module" src="${server.url}/vod-player.js"></script><vod-player></vod-player><p></p>`;
    const page = await openPage(t, `${origin}/empty`);
    await page.waitForSelector('vod-player:defined');
    assert.equal(await page.evaluate(() => film.player.hasAttribute('failed')), false);
    await page.evaluate(() => film.player.setAttribute('src', '/watch/sample.mp4'));
    await play(page);
    await page.evaluate(() => film.seek(20));
    const refused = await page.evaluate(() => {
      const { player } = film;
      player.remove();
      player.pause();
      const playing = player.play();
      document.querySelector('p').append(player);
      return playing.catch(({ name }) => name);
    });
    assert.equal(refused, 'InvalidStateError');
    await play(page);
    assert.ok(await page.evaluate(() => film.video.currentTime >= 20), await page.evaluate(() => film.describe()));
    await page.evaluate(() => {
      const { player } = film;
      player.remove();
      player.load({ at: 10 });
      document.body.append(player);
    });
    await play(page);
    assert.ok(await page.evaluate(() => film.video.currentTime >= 10 && film.video.currentTime < 19), await page.evaluate(() => film.describe()));
    await page.evaluate(() => film.player.removeAttribute('src'));
    await page.waitForFunction(() => film.video.readyState === 0);
  });

  await t.test('<ws-video> plays without any more than that', async (t) => {
    const page = await openPage(t, `${origin}/bare`);
    await play(page);
    await assertInStepWithClock(page, 2);
    assert.equal(await page.evaluate(() => film.query('ws-video')[0].currentTime > 1), true);
  });
});

test('a page that is not let in gets no player', async (t) => {
  const { pages, origin } = await website(t);
  const { server, openPage } = await start(t, ['sample.mp4']);
  pages['/'] = player.replaceAll('localhost:8327', new URL(server.url).host);
  await t.test('it stays undefined', async (t) => {
    const page = await openPage(t, `${origin}/`, { tolerate: /CORS|ERR_FAILED|Cross-Origin/ });
    const refused = await page.evaluate((url) => import(url).then(() => false, () => true), `${server.url}/vod-player.js`);
    assert.ok(refused);
    assert.equal(await page.evaluate(() => customElements.get('vod-player') === undefined), true);
  });
});
