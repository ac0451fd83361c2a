// Files that are dropped onto the list, or chosen, go into the folder.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { start } from './harness.mjs';
import { secrets } from './users.mjs';

/**
 * Carries connections to the server at target, and cuts as many requests with method PATCH as there are budgets, each
 * after that many bytes to the server.
 */
async function startCutter(target, budgets) {
  const { hostname, port } = new URL(target);
  const remaining = [...budgets];
  const open = new Set();
  const proxy = net.createServer((browser) => {
    const server = net.connect(Number(port), hostname);
    let budget = Infinity;
    for (const socket of [browser, server]) {
      open.add(socket);
      socket.on('error', () => {}).once('close', () => {
        open.delete(socket);
        browser.destroySoon();
        server.destroySoon();
      });
    }
    server.pipe(browser);
    browser.on('data', (chunk) => {
      if (chunk.toString('latin1', 0, 6) === 'PATCH ' && remaining.length > 0) budget = remaining.shift();
      server.write(chunk.subarray(0, Math.max(0, Math.min(chunk.length, budget))));
      budget -= chunk.length;
      if (budget <= 0) server.destroySoon();
    });
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${proxy.address().port}`,
    left: () => remaining.length,
    spare: () => remaining.splice(0),
    close: () => new Promise((resolve) => {
      proxy.close(resolve);
      for (const socket of open) socket.destroy();
    }),
  };
}

/** Drops a copy of the sample onto the page under some names. */
const drop = (page, ...names) => page.evaluate(async (wanted) => {
  const content = await (await fetch('/media/sample.mp4')).blob();
  const transfer = new DataTransfer();
  for (const name of wanted) transfer.items.add(new File([content], name, { type: 'video/mp4', lastModified: 5 }));
  const event = (type) => new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true });
  document.body.dispatchEvent(event('dragenter'));
  const shown = document.body.hasAttribute('data-dropping');
  document.body.dispatchEvent(event('drop'));
  return shown && !document.body.hasAttribute('data-dropping');
}, names);

const shows = (page, pattern, seconds = 20) =>
  page.evaluate(([source, patience]) => film.textMatching(new RegExp(source), patience), [pattern.source, seconds]);

test('uploads', async (t) => {
  const file = secrets(t);
  const { server, folder, openPage } = await start(t, ['sample.mp4'], '--users-file', file('users'), '--allow-upload');
  mkdirSync(join(folder, 'in'));
  const sample = readFileSync(join(folder, 'sample.mp4'));
  const same = (name) => existsSync(join(folder, name)) && readFileSync(join(folder, name)).equals(sample);

  const open = async (t, path, { base = server.url, tolerate } = {}) => {
    const page = await openPage(t, `${base}${path}`, { tolerate: tolerate ?? /401 \(Unauthorized\)/ });
    if (new URL(page.url()).pathname === '/login') {
      await page.type('#user', 'anna');
      await page.type('#password', 'right');
      await Promise.all([page.waitForNavigation(), page.click('form button')]);
    }
    await page.waitForSelector('.line [type=file]');
    return page;
  };

  await t.test('take what is dropped, one after the other, and show it', async (t) => {
    const page = await open(t, '/browse/in/');
    assert.ok(await drop(page, 'ä one.mp4', 'two.mp4'), 'the page shows where to drop');
    await shows(page, /Done[^]*Done/);
    assert.ok(same('in/ä one.mp4') && same('in/two.mp4'));
    await page.waitForFunction(() => film.query('.live .title').map((title) => title.textContent).join() === 'two.mp4,ä one.mp4');
  });

  await t.test('take what is chosen', async (t) => {
    const page = await open(t, '/');
    const path = file('chosen.mp4');
    copyFileSync(join(folder, 'sample.mp4'), path);
    await (await page.$('.line [type=file]')).uploadFile(path);
    await shows(page, /Done/);
    assert.ok(same('chosen.mp4'));
  });

  await t.test('overwrite nothing: another name is asked for', async (t) => {
    writeFileSync(join(folder, 'there.mp4'), 'mine');
    const page = await open(t, '/', { tolerate: /401|409/ });
    await drop(page, 'there.mp4');
    await page.waitForSelector('.upload form');
    assert.equal(await page.$eval('.upload form input', (input) => input.value), 'there (2).mp4');
    await page.click('.upload form button');
    await shows(page, /Done/);
    assert.ok(same('there (2).mp4'));
    assert.equal(readFileSync(join(folder, 'there.mp4'), 'utf8'), 'mine');
  });

  await t.test('say why a file is not taken', async (t) => {
    const page = await open(t, '/', { tolerate: /401|415|422/ });
    await drop(page, 'film.exe');
    await page.waitForSelector('.upload[data-state=failed]');
    assert.match(await page.$eval('.upload .state', (state) => state.textContent), /\.$/);
  });

  await t.test('go on where the line broke', async (t) => {
    const cutter = await startCutter(server.url, [200_000, 150_000]);
    t.after(cutter.close);
    const page = await open(t, '/', { base: cutter.url, tolerate: /./ });
    await drop(page, 'broken off.mp4');
    await shows(page, /Done/, 40);
    assert.equal(cutter.left(), 0);
    assert.ok(same('broken off.mp4'));
  });

  await t.test('go on after the page was loaded anew', async (t) => {
    const cutter = await startCutter(server.url, [300_000, ...Array(50).fill(1)]);
    t.after(cutter.close);
    const page = await open(t, '/', { base: cutter.url, tolerate: /./ });
    await drop(page, 'later.mp4');
    await shows(page, /It is tried again/);
    const link = await page.evaluate(() => Object.values(JSON.parse(localStorage.getItem('vodsrv.uploads /')))[0].url);
    page.on('dialog', (dialog) => dialog.accept());
    await page.goto('about:blank');
    // The same host, so that it is the same page to the browser.
    const fresh = await open(t, '/', { base: cutter.url, tolerate: /./ });
    const before = await fresh.evaluate(async (url) => (await fetch(url, { method: 'HEAD', headers: { 'Tus-Resumable': '1.0.0' } })).headers.get('Upload-Offset'), link);
    assert.ok(Number(before) > 0, `${before} bytes are there`);
    cutter.spare();
    await drop(fresh, 'later.mp4');
    await shows(fresh, /Done/, 40);
    assert.ok(same('later.mp4'));
  });

  await t.test('can be given up', async (t) => {
    const cutter = await startCutter(server.url, [100_000, ...Array(50).fill(1)]);
    t.after(cutter.close);
    const page = await open(t, '/', { base: cutter.url, tolerate: /./ });
    await drop(page, 'given up.mp4');
    await shows(page, /It is tried again/);
    await page.click('.upload button');
    await page.waitForFunction(() => document.querySelector('.uploads').hidden);
    assert.ok(!existsSync(join(folder, 'given up.mp4')));
    assert.equal(await page.evaluate(() => localStorage.getItem('vodsrv.uploads /')), '{}');
  });
});
