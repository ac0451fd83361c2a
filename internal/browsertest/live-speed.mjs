// Measures the player of a live stream beside mpegts.js, which plays the same FLV in the same Chromium, without a server between:
//   VODSRV=program node live-speed.mjs
// LIVE_ROUNDS says how often each is watched (3).
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installFilm } from './film.mjs';
import { mediaFolder } from './fixtures.mjs';
import { launch } from './harness.mjs';
import { ages, firstPicture, quantile } from './live-clock.mjs';
import { CLOCK_RANGE, sendClock, startMediaServer } from './live-source.mjs';
import { startServer } from './server.mjs';

const ROUNDS = Number(process.env.LIVE_ROUNDS ?? 3);
const JOINS = 3; // in each round
const SETTLED = 6; // seconds until a player is where it wants to be
const WATCHED = 10;

const undo = [];
const owner = { after: (step) => undo.push(step) };
try {
  await measure();
} finally {
  for (const step of undo.reverse()) await step();
}

async function measure() {
  const source = await startMediaServer(owner);
  sendClock(owner, source.rtmp);
  const players = { ...await ourPages(source.url), ...await theirPages(source.url) };
  const profile = mkdtempSync(join(tmpdir(), 'vodsrv-browser-'));
  owner.after(() => rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  const browser = await launch(profile);
  owner.after(() => browser.close());

  const took = Object.fromEntries(Object.keys(players).map((name) => [name, { first: [], delay: [], tab: [], all: [] }]));
  // Not counted: it fills the caches, and the source begins.
  for (const url of Object.values(players)) await view(browser, url);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, url] of Object.entries(players)) {
      for (let k = 1; k < JOINS; k++) took[name].first.push((await view(browser, url)).first);
      const { first, delay, tab, all } = await view(browser, url, true);
      took[name].first.push(first);
      took[name].delay.push(...delay);
      took[name].tab.push(tab);
      took[name].all.push(all);
    }
  }
  report(took);
}

async function ourPages(url) {
  const folder = mediaFolder(['sample.mp4']);
  owner.after(folder.remove);
  const pages = {};
  for (const latency of ['low', 'normal']) {
    const server = await startServer(folder.path, '--live', `camera=${url}`, '--live-latency', latency);
    owner.after(server.stop);
    pages[`vodsrv, ${latency}`] = `${server.url}/live/camera`;
  }
  return pages;
}

/** Pages with mpegts.js as it is, and as its makers advise for little delay. */
async function theirPages(url) {
  const script = readFileSync(createRequire(import.meta.url).resolve('mpegts.js/dist/mpegts.js'));
  const settings = {
    'mpegts.js': {},
    'mpegts.js, without stash, liveSync': { enableStashBuffer: false, liveSync: true },
  };
  const page = (config) => `<!doctype html><title>mpegts.js</title><video muted></video><script src="/script.js"></script><script>
    const player = mpegts.createPlayer({ type: 'flv', isLive: true, url: ${JSON.stringify(url)} }, ${JSON.stringify(config)});
    player.attachMediaElement(document.querySelector('video'));
    player.load();
    player.play();
  </script>`;
  const server = createServer((request, response) => {
    const config = settings[decodeURIComponent(request.url.slice(1))];
    response.setHeader('Content-Type', config ? 'text/html' : 'text/javascript');
    response.setHeader('Cache-Control', 'max-age=3600');
    response.end(config ? page(config) : script);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  owner.after(() => server.close());
  const { port } = server.address();
  return Object.fromEntries(Object.keys(settings).map((name) => [name, `http://127.0.0.1:${port}/${encodeURIComponent(name)}`]));
}

/**
 * Watches a page. Answers {first}, the ms until its first picture; if it is watched for longer, also how old its pictures are in ms (delay), and the
 * CPU time it takes, in seconds a second: its tab alone, and all of the browser.
 */
async function view(browser, url, longer = false) {
  const page = await browser.newPage();
  try {
    await page.setViewport({ width: 1280, height: 800 });
    await page.evaluateOnNewDocument(installFilm);
    await page.goto(url);
    const first = await page.evaluate(firstPicture);
    if (!longer) return { first };
    await page.evaluate((s) => film.progress(s), SETTLED);
    const before = await cpuTimes(browser);
    await page.evaluate((s) => film.progress(s), WATCHED);
    const after = await cpuTimes(browser);
    const delay = (await page.evaluate(ages, WATCHED / 2, CLOCK_RANGE)).filter((age) => age !== null);
    return { first, delay, tab: (after.tab - before.tab) / WATCHED, all: (after.all - before.all) / WATCHED };
  } finally {
    await page.close();
  }
}

/** Seconds of CPU time until now: of pages (there is one that does anything), and of all processes of the browser. */
async function cpuTimes(browser) {
  const session = await browser.target().createCDPSession();
  try {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const sum = (list) => list.reduce((total, { cpuTime }) => total + cpuTime, 0);
    return { tab: sum(processInfo.filter(({ type }) => type === 'renderer')), all: sum(processInfo) };
  } finally {
    await session.detach();
  }
}

function report(took) {
  console.log(`a live stream, 640x360, H.264 and AAC, a key frame every 2 s, of node-media-server in Chromium; ${ROUNDS} rounds in turns`);
  const columns = ['player', 'first picture, ms', 'delay, ms (95 %, most)', 'CPU of the tab', 'of the browser'];
  console.log(row(columns));
  for (const [name, { first, delay, tab, all }] of Object.entries(took)) {
    const late = `${quantile(delay, 0.5)} (${quantile(delay, 0.95)}, ${quantile(delay, 1)})`;
    console.log(row([name, quantile(first, 0.5).toFixed(0), late, share(tab), share(all)]));
  }
}

function share(list) {
  return `${(quantile(list, 0.5) * 100).toFixed(0)} %`;
}

function row(fields) {
  return fields.map((field, k) => field.padEnd(k === 0 ? 38 : 26)).join('').trimEnd();
}
