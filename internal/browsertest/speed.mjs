// Measures how soon a film is on the screen after a click and after a seek, beside <video src> of the same file from nginx:
//   node speed.mjs VODSRV NGINX FOLDER
// Both URLs serve the folder, which holds moov-first.mp4 and moov-last.mp4. SPEED_ROUNDS says how often (20); SPEED_FILM and
// SPEED_ROUND_TRIP choose one film and one distance.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch } from './harness.mjs';
import { startDistance } from './proxy.mjs';
import { installStopwatch } from './stopwatch.mjs';

const FILMS = process.env.SPEED_FILM ? [process.env.SPEED_FILM] : ['moov-first.mp4', 'moov-last.mp4'];
const ROUND_TRIPS = process.env.SPEED_ROUND_TRIP ? [Number(process.env.SPEED_ROUND_TRIP)] : [0, 50];
const ROUNDS = Number(process.env.SPEED_ROUNDS ?? 20);
// Of visitors whose browser has nothing of the page yet.
const FIRST_VISITS = Math.ceil(ROUNDS / 4);

const [vodsrvURL, nginxURL, folder] = process.argv.slice(2);
let pagesMade = 0;

/** The list page of each server, and what to click there. */
const servers = {
  nginx: {
    url: nginxURL,
    // Chromium keeps what it has of a film and of pages: each viewing has addresses of its own.
    list: (film) => {
      const name = `${++pagesMade}.html`;
      writeFileSync(join(folder, `watch-${name}`), `<!doctype html><title>${film}</title><video src="${film}?${pagesMade}" autoplay></video>`);
      writeFileSync(join(folder, `list-${name}`), `<!doctype html><title>Films</title><a href="watch-${name}">${film}</a>`);
      return `list-${name}`;
    },
    entry: () => 'a',
  },
  vodsrv: { url: vodsrvURL, list: () => '', entry: (film) => `a.title[href$="${film}"]` },
};

const profile = mkdtempSync(join(tmpdir(), 'vodsrv-browser-'));
const browser = await launch(profile);
try {
  console.log(`first frame in Chromium, ms: median (quartiles) of ${ROUNDS} in turns; "first visit" is one of ${FIRST_VISITS} with an empty cache`);
  for (const roundTrip of ROUND_TRIPS) {
    for (const film of FILMS) report(roundTrip, film, await compare(roundTrip, film));
  }
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

/** What each server took for a film: {click, seek, firstVisit}, lists of milliseconds. */
async function compare(roundTrip, film) {
  const proxies = [];
  const sides = [];
  for (const [name, server] of Object.entries(servers)) {
    const proxy = roundTrip > 0 ? await startDistance(server.url, roundTrip) : null;
    if (proxy) proxies.push(proxy);
    const base = proxy ? proxy.url + new URL(server.url).pathname : `${server.url}/`;
    sides.push({ name, server, base: base.replace(/\/*$/, '/'), took: { click: [], seek: [], firstVisit: [] } });
  }
  // Not counted: it fills the caches.
  for (const side of sides) await view(browser, side, film);
  for (let round = 0; round < ROUNDS; round++) {
    const time = 200 + Math.random() * 350;
    for (const { name, server, base, took } of turn(sides, round)) {
      const { click, seek } = await view(browser, { server, base }, film, time);
      took.click.push(click);
      took.seek.push(seek);
      if (process.env.SPEED_VERBOSE) console.error(name, film, roundTrip, click, seek);
    }
  }
  for (let round = 0; round < FIRST_VISITS; round++) {
    for (const side of turn(sides, round)) {
      const stranger = await browser.createBrowserContext();
      side.took.firstVisit.push((await view(stranger, side, film)).click);
      await stranger.close();
    }
  }
  for (const proxy of proxies) await proxy.close();
  return Object.fromEntries(sides.map(({ name, took }) => [name, took]));
}

function turn(sides, round) {
  return round % 2 === 0 ? sides : sides.toReversed();
}

/** Opens the list, clicks the film, and seeks to a time, if one is given. Answers {click, seek} in ms. */
async function view(visitor, { server, base }, film, time) {
  const page = await visitor.newPage();
  try {
    await page.setViewport({ width: 1280, height: 800 });
    await page.evaluateOnNewDocument(installStopwatch);
    await page.goto(base + server.list(film), { waitUntil: 'networkidle2' });
    // Films that were begun are gone on with.
    await page.evaluate(() => localStorage.clear());
    await Promise.all([page.waitForNavigation({ waitUntil: 'domcontentloaded' }), page.click(server.entry(film))]);
    const click = await page.evaluate(() => stopwatch.sinceClick());
    if (time === undefined) return { click };
    await page.evaluate(() => stopwatch.played(1));
    return { click, seek: await page.evaluate((to) => stopwatch.seek(to), time) };
  } finally {
    await page.close();
  }
}

function report(roundTrip, film, { nginx, vodsrv }) {
  const kinds = { click: 'click', seek: 'seek', firstVisit: 'click, first visit' };
  for (const [key, kind] of Object.entries(kinds)) {
    const what = `${kind}, ${film.replace('.mp4', '').replace('-', ' ')}, ${roundTrip} ms added`;
    const ratio = median(vodsrv[key]) / median(nginx[key]);
    console.log(`${what.padEnd(46)}nginx ${figures(nginx[key])}  vodsrv ${figures(vodsrv[key])}  ratio ${ratio.toFixed(2)}`);
  }
}

function figures(list) {
  return `${median(list).toFixed(0).padStart(5)} (${quantile(list, 0.25).toFixed(0)}–${quantile(list, 0.75).toFixed(0)})`.padEnd(17);
}

function median(list) {
  return quantile(list, 0.5);
}

function quantile(list, share) {
  const sorted = list.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = Math.floor(at);
  return sorted[below] + (at - below) * ((sorted[below + 1] ?? sorted[below]) - sorted[below]);
}
