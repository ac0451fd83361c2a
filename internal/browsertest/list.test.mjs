import assert from 'node:assert/strict';
import { copyFileSync, linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertInStepWithClock, play } from './film.mjs';
import { firefox, start, webkit } from './harness.mjs';

/** The names that are shown, as they lie on the page, when there are as many of them. */
const names = (page, count) => page.evaluate(async (wanted) => {
  const deadline = performance.now() + 10_000;
  const shown = () => film.query('.live > .entry .title').map((title) => title.textContent);
  while (shown().length !== wanted && performance.now() < deadline) await new Promise(requestAnimationFrame);
  return shown().join(', ');
}, count);

const focused = (page) => page.evaluate(() => document.activeElement.textContent || document.activeElement.name);

const search = (page) => page.evaluate(() => location.search);

async function press(page, ...keys) {
  for (const key of keys) await page.keyboard.press(key);
}

// WebKit is driven by what knows less of keys and controls.
const noKeys = webkit;

test('the list page', async (t) => {
  const films = ['sample.mp4', 'video-only.mp4', 'audio-only.m4a', 'mpeg4-part2.mp4'];
  const { server, openPage, folder } = await start(t, films);
  mkdirSync(join(folder, 'trip/day 1'), { recursive: true });
  for (const name of ['part 10.mp4', 'part 2.mp4']) copyFileSync(join(folder, 'sample.mp4'), join(folder, 'trip/day 1', name));
  writeFileSync(join(folder, 'no film.mp4'), 'nothing of the kind');

  await t.test('shows the files, and a click plays one', async (t) => {
    const page = await openPage(t, `${server.url}/`);
    const text = await page.evaluate(() => film.textMatching(/sample\.mp4[^]*0:30[^]*640 × 360/, 10));
    for (const name of films) assert.ok(text.includes(name), `${name} is missing from:\n${text}`);

    const arrived = page.waitForNavigation();
    await page.evaluate(() => film.query('a').find((link) => link.innerText.includes('sample.mp4')).click());
    await arrived;
    assert.equal(new URL(page.url()).pathname, '/watch/sample.mp4');
    await play(page);
    await assertInStepWithClock(page, 2);
  });

  await t.test('says of each film whether it plays in this browser', async (t) => {
    const page = await openPage(t, `${server.url}/`);
    await names(page, 6);
    const remark = (name) => page.evaluate(async (text) => {
      const entry = film.query('.live > .entry').find((element) => element.innerText.includes(text));
      const deadline = performance.now() + 10_000;
      while (!entry.querySelector('.remark').textContent && performance.now() < deadline) await new Promise(requestAnimationFrame);
      return entry.querySelector('.remark').textContent;
    }, name);
    assert.match(await remark('sample.mp4'), /^Plays here/);
    assert.match(await remark('mpeg4-part2'), /Doesn’t play here .*mp4v\.20/);
    assert.match(await remark('no film'), /Cannot be played.*not an MP4/);
  });

  await t.test('sorts either way, by the control and by the headings', async (t) => {
    const page = await openPage(t, `${server.url}/?view=table`);
    assert.equal(await names(page, 6), 'trip, audio-only.m4a, mpeg4-part2.mp4, no film.mp4, sample.mp4, video-only.mp4');
    await page.select('select[name=sort]', 'size');
    const bySize = await names(page, 6);
    assert.match(bySize, /^trip, no film\.mp4, audio-only\.m4a, /);
    await page.click('.order input');
    assert.equal(await names(page, 6), ['trip', ...bySize.split(', ').slice(1).reverse()].join(', '));
    assert.equal(await search(page), '?sort=size&order=desc&view=table');
    await page.click('.heads button.duration');
    assert.match(await names(page, 6), /^trip, no film\.mp4, .*sample\.mp4$/);
    assert.equal(await page.evaluate(() => film.query('select[name=sort]')[0].value), 'duration');
    await page.goto(`${server.url}/${await search(page)}`);
    assert.match(await names(page, 6), /^trip, no film\.mp4, .*sample\.mp4$/);
  });

  await t.test('searches below the folder while one types', { skip: noKeys }, async (t) => {
    const page = await openPage(t, `${server.url}/`);
    await names(page, 6);
    await press(page, '/');
    assert.equal(await focused(page), 'q');
    await page.keyboard.type('part');
    assert.equal(await names(page, 3), 'mpeg4-part2.mp4, part 2.mp4, part 10.mp4');
    assert.match(await page.evaluate(() => film.text()), /3 entries found[^]*in trip\/day 1/);
    assert.equal(await search(page), '?q=part');
    copyFileSync(join(folder, 'sample.mp4'), join(folder, 'trip/part 3.mp4'));
    assert.equal(await names(page, 4), 'mpeg4-part2.mp4, part 2.mp4, part 3.mp4, part 10.mp4', 'what comes meanwhile is found');
    const link = await page.$$eval('.title', (titles) => titles.at(-1).getAttribute('href'));
    assert.match(link, /\/watch\/trip\/day%201\/part%2010\.mp4\?q=part&in=%2F$/);
    await page.reload();
    assert.equal(await names(page, 4), 'mpeg4-part2.mp4, part 2.mp4, part 3.mp4, part 10.mp4');
    await page.focus('[name=q]');
    await page.keyboard.type('nothing');
    await page.evaluate(() => film.textMatching(/Nothing here is called “partnothing”|Nothing here is called/, 5));
    await press(page, 'Escape');
    assert.match(await names(page, 6), /^trip, audio-only/);
    assert.equal(await search(page), '');
  });

  await t.test('is a grid or a table, and stays what was chosen', { skip: noKeys }, async (t) => {
    const page = await openPage(t, `${server.url}/`);
    await names(page, 6);
    const lefts = () => page.$$eval('.live > .entry', (entries) => new Set(entries.map((entry) => entry.getBoundingClientRect().left)).size);
    assert.ok((await lefts()) > 1, 'pictures lie side by side');
    await page.click('[name=view][value=table]');
    assert.equal(await lefts(), 1);
    assert.match(await page.evaluate(() => film.text()), /Codecs/);
    await page.goto(`${server.url}/browse/trip/day%201/`);
    assert.equal(await names(page, 2), 'part 2.mp4, part 10.mp4');
    assert.equal(await lefts(), 1);
    await page.click('[name=view][value=grid]');
    assert.equal(await lefts(), 2);
  });

  await t.test('is walked through with the keys', { skip: noKeys }, async (t) => {
    const page = await openPage(t, `${server.url}/?view=table`);
    await names(page, 6);
    await press(page, '/', 'ArrowDown');
    assert.equal(await focused(page), 'trip');
    await press(page, 'ArrowUp', 'ArrowDown', 'ArrowDown');
    assert.equal(await focused(page), 'mpeg4-part2.mp4');
    await press(page, 'End', 'ArrowDown');
    assert.equal(await focused(page), 'video-only.mp4');
    await press(page, 'Home');
    assert.equal(await focused(page), 'trip');
    await page.click('[name=view][value=grid]');
    await press(page, '/', 'ArrowDown', 'ArrowRight', 'ArrowRight');
    assert.equal(await focused(page), 'mpeg4-part2.mp4');
    const { columns } = await page.$eval('.entries', (list) => ({ columns: getComputedStyle(list).gridTemplateColumns.split(' ').length }));
    await press(page, 'Home', 'ArrowDown');
    assert.equal(await focused(page), (await names(page, 6)).split(', ')[Math.min(columns, 5)]);
    await press(page, 'Home');
    await Promise.all([page.waitForNavigation(), press(page, 'Enter')]);
    assert.equal(new URL(page.url()).pathname, '/browse/trip/');
  });

  await t.test('gives the focus of what is gone to its neighbour', { skip: noKeys }, async (t) => {
    // Its picture may be asked for just when it is gone.
    const page = await openPage(t, `${server.url}/?view=table`, { tolerate: /404/ });
    for (const name of ['b.mp4', 'c.mp4']) copyFileSync(join(folder, 'sample.mp4'), join(folder, name));
    await names(page, 8);
    await press(page, '/', 'ArrowDown', 'ArrowDown', 'ArrowDown');
    assert.equal(await focused(page), 'b.mp4');
    rmSync(join(folder, 'b.mp4'));
    await names(page, 7);
    assert.equal(await focused(page), 'c.mp4');
    rmSync(join(folder, 'c.mp4'));
    await names(page, 6);
    assert.equal(await focused(page), 'mpeg4-part2.mp4');
  });

  // Puppeteer cannot turn scripts off in Firefox.
  await t.test('lists, sorts and searches without scripts', { skip: firefox || webkit }, async (t) => {
    const page = await openPage(t, 'about:blank');
    await page.setJavaScriptEnabled(false);
    await page.goto(`${server.url}/?view=table&sort=size`);
    const shown = () => page.content().then((html) => [...html.matchAll(/class="title" href="([^"]*)"/g)].map(([, href]) => href));
    assert.deepEqual((await shown()).slice(0, 2), ['/browse/trip/', '/watch/no%20film.mp4']);
    await page.type('[name=q]', 'only');
    await Promise.all([page.waitForNavigation(), page.click('form button')]);
    assert.deepEqual(await shown(), ['/watch/audio-only.m4a', '/watch/video-only.mp4']);
  });

  await t.test('does not shift while it loads', { skip: firefox }, async (t) => {
    const page = await openPage(t, 'about:blank');
    await page.evaluateOnNewDocument(() => {
      window.shifts = [];
      new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map(({ value }) => value)))
        .observe({ type: 'layout-shift', buffered: true });
    });
    for (const view of ['grid', 'table']) {
      await page.goto(`${server.url}/?view=${view}`);
      await names(page, 6);
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
      assert.deepEqual(await page.evaluate(() => window.shifts.filter((value) => value > 0.001)), [], view);
    }
  });
});

/**
 * The longest tasks of the page during act, in milliseconds of processor time: other work on the machine makes them
 * longer by the clock. Firefox does not tell.
 */
async function longestTasks(page, act) {
  if (firefox) {
    await act();
    return [];
  }
  await page.tracing.start({ categories: ['toplevel', 'devtools.timeline'] });
  await act();
  const { traceEvents } = JSON.parse(Buffer.from(await page.tracing.stop()).toString());
  const thread = ({ pid, tid }) => `${pid} ${tid}`;
  const main = new Set(traceEvents.filter(({ name, args }) => name === 'CommitLoad' && args.data.url.startsWith('http')).map(thread));
  const tasks = traceEvents.filter((event) => /RunTask/.test(event.name) && event.tdur && main.has(thread(event)));
  assert.ok(tasks.length > 100, `${tasks.length} tasks were traced`);
  return tasks.map(({ tdur }) => Math.round(tdur / 1000)).sort((a, b) => b - a).slice(0, 5);
}

const whole = (page) => page.waitForSelector('file-list[aria-busy=false]');

/** Scrolls through a list of ten thousand, and sorts it. */
async function scrollThrough(page) {
  const filled = await page.evaluate(async () => {
    const frame = () => new Promise(requestAnimationFrame);
    const seen = new Set();
    let [empty, rows] = [0, 0];
    for (let i = 0; i < 60; i++) {
      scrollBy({ top: innerHeight * (i < 40 ? 0.8 : 16), behavior: 'instant' });
      await frame();
      await frame();
      const shown = [...document.querySelectorAll('.live > .entry')];
      const inView = shown.filter((entry) => entry.getBoundingClientRect().bottom > innerHeight / 2);
      if (inView.length === 0) empty++;
      rows = Math.max(rows, shown.length);
      for (const entry of shown) seen.add(entry.dataset.path);
    }
    return { empty, rows, seen: seen.size };
  });
  assert.equal(filled.empty, 0, 'places without entries');
  assert.ok(filled.seen > 500, `${filled.seen} entries were seen`);
  assert.ok(filled.rows < 200, `${filled.rows} entries are in the page at once`);
  await page.select('select[name=sort]', 'size');
  await page.select('select[name=sort]', 'name');
  await page.click('.order input');
  await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
  assert.match(await page.evaluate(() => film.textMatching(/sample\.mp4/, 5)), /film 09999/);
}

async function firstPaint() {
  for (let i = 0; i < 100; i++) {
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    if (paint) return paint.startTime;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return Infinity;
}

test('a list of ten thousand', { skip: noKeys }, async (t) => {
  const { server, openPage, folder } = await start(t, ['sample.mp4']);
  for (let i = 1; i < 10_000; i++) linkSync(join(folder, 'sample.mp4'), join(folder, `film ${String(i).padStart(5, '0')}.mp4`));

  await t.test('fills while the films are read', async (t) => {
    const page = await openPage(t, `${server.url}/`);
    await page.evaluate(() => film.textMatching(/10,000 entries/, 10));
    await page.evaluate(async () => {
      const whole = async () => {
        const { entries } = await (await fetch('/api/list')).json();
        return entries.length === 10_000 && entries.every(({ state }) => state === 'ready');
      };
      while (!(await whole())) await new Promise((resolve) => setTimeout(resolve, 500));
    });
    await page.evaluate(() => film.textMatching(/10,000 entries$/m, 10));
  });

  for (const view of ['grid', 'table']) {
    await t.test(`is there at once and scrolls smoothly: ${view}`, async (t) => {
      const page = await openPage(t, 'about:blank');
      const address = `${server.url}/?view=${view}`;
      // What else the machine does takes time here, too: one try that is quick will do.
      const [tasks, paints] = [[], []];
      while (tasks.length < 4 && !tasks.some(([longest = 0]) => longest < 100)) {
        tasks.push(await longestTasks(page, async () => {
          await page.goto(address);
          await whole(page);
          await scrollThrough(page);
        }));
      }
      while (paints.length < 5 && !paints.some((ms) => ms < 1000)) {
        await page.goto(address);
        paints.push(await page.evaluate(firstPaint));
      }
      assert.ok(tasks.at(-1).every((ms) => ms < 100), `tasks of ${JSON.stringify(tasks)} ms`);
      assert.ok(paints.at(-1) < 1000, `first paint after ${paints} ms`);
      t.diagnostic(`first paint after ${paints.map(Math.round)} ms, the longest tasks took ${JSON.stringify(tasks)} ms`);
    });
  }

  await t.test('comes back to where it was', async (t) => {
    const page = await openPage(t, `${server.url}/?view=table`);
    await whole(page);
    const there = await page.evaluate(async () => {
      scrollTo({ top: document.documentElement.scrollHeight / 2, behavior: 'instant' });
      await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
      return { top: scrollY, name: document.elementFromPoint(innerWidth / 3, innerHeight / 2).textContent };
    });
    await Promise.all([page.waitForNavigation(), page.evaluate(() => document.elementFromPoint(innerWidth / 3, innerHeight / 2).closest('.entry').querySelector('a').click())]);
    await page.goBack();
    await page.evaluate((name) => film.textMatching(new RegExp(name), 10), there.name);
    assert.equal(await page.evaluate(() => scrollY), there.top);
  });
});
