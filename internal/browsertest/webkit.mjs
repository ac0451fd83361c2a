// WebKit: MiniBrowser on a screen of its own, driven by WebKitWebDriver. What the tests ask of a
// page of puppeteer, a page here can do too.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { Builder, By, Capabilities, Key } from 'selenium-webdriver';

const POLL_MS = 20;
const args = ['--automation', '--autoplay-policy=allow'];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts the browser. scripts is the injector's: what a page is to run before its own scripts goes there. */
export async function launchWebKit(scripts) {
  const display = await startDisplay();
  const port = await freePort();
  const service = spawn('WebKitWebDriver', [`--port=${port}`], {
    env: { ...process.env, DISPLAY: display.name }, stdio: 'ignore',
  });
  const gone = once(service, 'exit');
  try {
    const driver = await connect(port);
    const blank = await driver.getWindowHandle();
    const close = async () => {
      await driver.quit().catch(() => {});
      service.kill();
      await gone;
      await display.stop();
    };
    return { close, newPage: () => WebKitPage.open(driver, blank, scripts) };
  } catch (error) {
    service.kill();
    await display.stop();
    throw error;
  }
}

async function startDisplay() {
  const screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1400x1000x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const gone = once(screen, 'exit');
  const [number] = await Promise.race([once(screen.stdio[3], 'data'), gone.then(() => {
    throw new Error('Xvfb ended before it had a display');
  })]);
  return {
    name: `:${String(number).trim()}`,
    stop: () => {
      screen.kill();
      return gone;
    },
  };
}

async function freePort() {
  const listener = net.createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address();
  listener.close();
  await once(listener, 'close');
  return port;
}

async function connect(port) {
  const capabilities = new Capabilities({ browserName: 'MiniBrowser', 'webkitgtk:browserOptions': { args } });
  for (let tries = 0; ; tries++) {
    try {
      return await new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(capabilities).build();
    } catch (error) {
      if (tries === 50 || !/ECONNREFUSED/.test(error.message)) throw error;
      await pause(100);
    }
  }
}

/** A window: what is in a tab behind another draws nothing. Commands of WebDriver go to one window, one at a time: each page waits for its turn. */
class WebKitPage {
  static #turn = Promise.resolve();
  #driver;
  #handle;
  #scripts;
  #own = new Set();
  #url = 'about:blank';
  #listeners = { pageerror: [], console: [] };

  static async open(driver, blank, scripts) {
    const page = new WebKitPage();
    page.#driver = driver;
    page.#scripts = scripts;
    await WebKitPage.#inTurn(async () => {
      await driver.switchTo().window(blank);
      await driver.switchTo().newWindow('window');
      page.#handle = await driver.getWindowHandle();
    });
    await page.evaluateOnNewDocument(collectComplaints);
    return page;
  }

  static #inTurn(work) {
    const done = WebKitPage.#turn.then(work);
    WebKitPage.#turn = done.catch(() => {});
    return done;
  }

  #command(work) {
    return WebKitPage.#inTurn(async () => {
      await this.#driver.switchTo().window(this.#handle);
      return work(this.#driver);
    });
  }

  on(name, listener) {
    this.#listeners[name].push(listener);
  }

  evaluateOnNewDocument(script) {
    this.#scripts.add(script);
    this.#own.add(script);
  }

  async goto(url) {
    await this.#command((driver) => driver.get(url));
    await this.#arrived();
  }

  async goBack() {
    await this.#command((driver) => driver.navigate().back());
    await this.#arrived();
  }

  async reload() {
    await this.#command((driver) => driver.navigate().refresh());
    await this.#arrived();
  }

  url() {
    return this.#url;
  }

  async #arrived() {
    this.#url = await this.#command((driver) => driver.getCurrentUrl());
  }

  /** Resolves when another page is there than now. */
  async waitForNavigation() {
    const mark = `mark${Math.random()}`;
    const there = (name) => document.readyState !== 'complete' || window[name] === true;
    await this.#command((driver) => driver.executeScript(`window['${mark}'] = true`));
    while (await this.#command((driver) => driver.executeScript(`return (${there})('${mark}')`))) await pause(POLL_MS);
    await this.#arrived();
  }

  /** Like puppeteer's: others may be under way meanwhile. */
  async evaluate(script, ...given) {
    let answer = await this.#command((driver) => driver.executeScript(`
      const all = window.evaluations ??= [];
      const entry = { id: all.length };
      const settle = (outcome) => Object.assign(entry, { done: true }, outcome);
      const failed = (error) => settle({ error: String(error?.message ?? error) });
      all.push(entry);
      try {
        const value = (${script})(...arguments);
        if (typeof value?.then === 'function') value.then((value) => settle({ value }), failed);
        else settle({ value });
      } catch (error) {
        failed(error);
      }
      return entry;`, ...given));
    while (!answer.done) {
      await pause(POLL_MS);
      answer = await this.#command((driver) => driver.executeScript(
        'return window.evaluations ? window.evaluations[arguments[0]] : null', answer.id));
      if (!answer) throw new Error('the page was left meanwhile');
    }
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.value ?? undefined;
  }

  /** Firstly known at the page's end: nothing tells of them at once. */
  async #tellComplaints() {
    const complaints = await this.evaluate(() => window.complaints ?? []);
    for (const text of complaints) {
      for (const listener of this.#listeners.pageerror) listener(new Error(text));
    }
  }

  /** Resolves when a function of the page answers with something true. */
  async waitForFunction(script, { timeout = 30_000 } = {}, ...given) {
    for (const end = performance.now() + timeout; !(await this.evaluate(script, ...given)); await pause(POLL_MS)) {
      if (performance.now() > end) throw new Error(`not true within ${timeout} ms: ${script}`);
    }
  }

  waitForSelector(selector) {
    return this.waitForFunction((wanted) => document.querySelector(wanted) !== null, {}, selector);
  }

  $eval(selector, script, ...given) {
    return this.evaluate(`(selector, ...given) => (${script})(document.querySelector(selector), ...given)`, selector, ...given);
  }

  $$eval(selector, script, ...given) {
    return this.evaluate(`(selector, ...given) => (${script})([...document.querySelectorAll(selector)], ...given)`, selector, ...given);
  }

  focus(selector) {
    return this.$eval(selector, (element) => element.focus());
  }

  click(selector) {
    return this.#command(async (driver) => (await driver.findElement(By.css(selector))).click());
  }

  async select(selector, value) {
    await this.click(`${selector} option[value="${value}"]`);
  }

  keyboard = {
    press: (key) => this.#command((driver) => driver.actions().sendKeys(Key[key.toUpperCase()] ?? key).perform()),
  };

  setViewport({ width, height }) {
    return this.#command((driver) => driver.manage().window().setRect({ x: 0, y: 0, width, height }));
  }

  bringToFront() {
    return this.#command(() => {});
  }

  async screenshot({ path }) {
    const png = await this.#command((driver) => driver.takeScreenshot());
    writeFileSync(path, png, 'base64');
  }

  async close() {
    try {
      await this.#tellComplaints();
    } finally {
      for (const script of this.#own) this.#scripts.delete(script);
      await this.#command((driver) => driver.close());
    }
  }
}

function collectComplaints() {
  window.complaints = [];
  const { error } = console;
  console.error = (...values) => {
    window.complaints.push(values.join(' '));
    error.apply(console, values);
  };
  window.addEventListener('error', (event) => window.complaints.push(`${event.message} at ${event.filename}:${event.lineno}`));
  window.addEventListener('unhandledrejection', (event) => window.complaints.push(`rejected: ${event.reason}`));
}
