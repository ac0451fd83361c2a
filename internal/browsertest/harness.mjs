// One server and one browser for a test file; a fresh page for each test.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';
import { mediaFolder } from './fixtures.mjs';
import { installFilm } from './film.mjs';
import { startInjector } from './inject.mjs';
import { startServer } from './server.mjs';

/** True where the slow variants of the tests are asked for. */
export const LONG = Boolean(process.env.VODSRV_LONG);

/** True where Firefox runs the tests. */
export const firefox = process.env.BROWSER === 'firefox';

/** True where WebKit runs the tests. */
export const webkit = process.env.BROWSER === 'webkit';

// Without these Chromium looks for Google's hosts at every start.
const chromiumArgs = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--autoplay-policy=no-user-gesture-required'];

/**
 * Starts a server for the named films, with further flags, and a browser. t is a node:test
 * context; when it ends, so do they, the newest first.
 */
export async function start(t, films, ...flags) {
  const undo = [];
  t.after(async () => {
    for (const step of undo.reverse()) await step();
  });
  const folder = mediaFolder(films);
  undo.push(folder.remove);
  const server = await startServer(folder.path, ...flags);
  undo.push(server.stop);
  const injector = webkit ? await startInjector(server.url) : null;
  if (injector) undo.push(injector.close);
  const profile = mkdtempSync(join(tmpdir(), 'vodsrv-browser-'));
  undo.push(() => rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  const browser = webkit ? await launchWebKit(injector.scripts) : await launch(profile);
  undo.push(() => browser.close());
  return {
    server: { ...server, url: injector?.url ?? server.url },
    folder: folder.path,
    openPage: (test, url, options) => openPage(browser, test, url, options),
  };
}

// Only test-all sees to it that what this needs is installed.
async function launchWebKit(scripts) {
  const { launchWebKit: launch } = await import('./webkit.mjs');
  return launch(scripts);
}

/** Starts the browser with its profile in a folder. */
export function launch(profile) {
  return puppeteer.launch(firefox
    ? {
      browser: 'firefox', executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr', acceptInsecureCerts: true,
      userDataDir: profile, extraPrefsFirefox: { 'media.autoplay.default': 0 },
    }
    : {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', acceptInsecureCerts: true,
      userDataDir: profile, args: chromiumArgs,
    });
}

/**
 * Opens url for a test. Whatever the page complains of fails the test when it ends, but for
 * messages that options.tolerate matches. With VODSRV_SCREENSHOTS naming a folder, a screenshot of
 * the page at the test's end goes there. With options.soundOnly Firefox is muted: without a
 * sound card it plays no film that has no picture, unless nobody would hear it.
 */
async function openPage(browser, test, url, { tolerate = /$^/, soundOnly = false } = {}) {
  const page = await browser.newPage();
  const complaints = [];
  // Firefox complains of a connection that is being made while the page is closed.
  let closing = false;
  page.on('pageerror', (error) => closing || complaints.push(`page error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !closing) complaints.push(`console: ${message.text()} ${message.location().url ?? ''}`);
  });
  await page.setViewport({ width: 1280, height: 800 });
  await page.evaluateOnNewDocument(installFilm);
  if (soundOnly && firefox) await page.evaluateOnNewDocument(muteAll);
  test.after(async () => {
    try {
      await screenshot(page, test.name);
    } finally {
      closing = true;
      await page.close();
    }
    assert.deepEqual(complaints.filter((text) => !tolerate.test(text)), []);
  });
  await page.goto(url);
  return page;
}

function muteAll() {
  // Events of media elements stay in their shadow roots.
  const { play } = HTMLMediaElement.prototype;
  HTMLMediaElement.prototype.play = function () {
    this.muted = true;
    return play.call(this);
  };
}

async function screenshot(page, name) {
  const folder = process.env.VODSRV_SCREENSHOTS;
  if (!folder) return;
  await page.screenshot({ path: join(folder, `${name.replace(/[^\w]+/g, '-')}.png`) });
}
