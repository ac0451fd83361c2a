// What the tests ask of the film on a page. The functions that take a page run in node; the
// rest of the work is done in the page, by the object that installFilm puts there.
import assert from 'node:assert/strict';

/** Runs in every page before its own scripts: defines window.film. */
export function installFilm() {
  document.addEventListener('securitypolicyviolation', (event) => {
    console.error(`Content-Security-Policy: ${event.violatedDirective} forbids ${event.blockedURI}`);
  });

  /** All elements that match, also those in open shadow roots. */
  function* query(selector, root = document) {
    yield* root.querySelectorAll(selector);
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) yield* query(selector, element.shadowRoot);
    }
  }

  /** Resolves at the first of the named events of target, rejects after some seconds. */
  function event(target, name, seconds) {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        reject(new Error(`no ${name} event within ${seconds} s: ${film.describe()}`));
      }, seconds * 1000);
      target.addEventListener(name, () => {
        clearTimeout(late);
        resolve();
      }, { once: true });
    });
  }

  const film = {
    /** What happened to the video since play() that happens to no healthy film. */
    troubles: [],

    query: (selector) => [...query(selector)],

    get video() {
      return film.query('video')[0] ?? null;
    },

    get player() {
      return film.query('vod-player')[0] ?? null;
    },

    /** What a reader of the page sees, in shadow roots too. */
    text() {
      const roots = [document.body, ...query('*')].map((element) => element.shadowRoot).filter(Boolean);
      const inside = roots.flatMap((root) => [...root.children]).filter((element) => element.localName !== 'style').map((element) => element.innerText ?? '');
      return [document.body?.innerText ?? '', ...inside].join('\n').trim();
    },

    /** The page's text as soon as it matches. */
    async textMatching(pattern, seconds) {
      const deadline = performance.now() + seconds * 1000;
      while (!pattern.test(film.text())) {
        if (performance.now() > deadline) throw new Error(`no ${pattern} on the page after ${seconds} s: ${film.text()}`);
        await new Promise(requestAnimationFrame);
      }
      return film.text();
    },

    /** Resolves with the video as soon as there is one with a picture, and the page around it that comes later. */
    async ready(seconds = 15) {
      const deadline = performance.now() + seconds * 1000;
      const waits = () => film.query('vod-player:not(:defined)').length > 0;
      while (!film.video || film.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || waits()) {
        if (performance.now() > deadline) throw new Error(`nothing to show after ${seconds} s: ${film.describe()}`);
        await new Promise(requestAnimationFrame);
      }
      return film.video;
    },

    async play(patience) {
      const video = await film.ready(patience);
      video.addEventListener('error', () => film.troubles.push(`error: ${video.error?.message ?? 'mended'}`));
      video.addEventListener('waiting', () => {
        // A decoder that is short of processor time waits, too: that is no fault of what it was sent.
        if (film.bufferedBeyond() < 0.5) film.troubles.push(`starved: ${film.describe()}`);
      });
      const from = video.currentTime;
      // WebKitGTK may play a file on after a seek without ever keeping the promise.
      await Promise.race([video.play(), film.past(from, 30)]);
      if (from === 0) await film.past(0, 10);
    },

    /** Resolves as soon as the playhead is beyond time. */
    async past(time, seconds) {
      while (film.video.currentTime <= time) await event(film.video, 'timeupdate', seconds);
    },

    /** Lets the film play on for some seconds: how far it came, and how long that took. */
    async progress(seconds) {
      const { video } = film;
      const from = { wall: performance.now(), media: video.currentTime };
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      return { wall: (performance.now() - from.wall) / 1000, media: video.currentTime - from.media };
    },

    /** Whether the film is over; who plays it otherwise may know better. */
    over: () => film.video.ended,

    async ended(seconds) {
      const deadline = performance.now() + seconds * 1000;
      while (!film.over()) {
        if (performance.now() > deadline) throw new Error(`not over after ${seconds} s: ${film.describe()}`);
        await new Promise(requestAnimationFrame);
      }
    },

    /** Pauses, seeks, and tells what is shown then. */
    async seek(time) {
      await film.halt();
      const seeked = film.seeked();
      film.video.currentTime = time;
      return seeked;
    },

    /** Pauses, and waits until the playhead stands: WebKitGTK forgets the pause if a seek follows at once. */
    async halt() {
      film.video.pause();
      for (let still = 0, at = NaN; still < 3; still = film.video.currentTime === at ? still + 1 : 0) {
        at = film.video.currentTime;
        await new Promise(requestAnimationFrame);
      }
    },

    /** Like seek(), but gives the frame that is due some seconds to come: on a busy machine drawing may lag behind. */
    async seekToFrame(time, due, tolerance) {
      const deadline = performance.now() + 5000;
      let { currentTime, frame } = await film.seek(time);
      while (!(Math.abs(frame - due) <= tolerance) && performance.now() < deadline) {
        await new Promise(requestAnimationFrame);
        ({ currentTime } = film.video);
        frame = film.frame();
      }
      return { currentTime, frame };
    },

    /** Waits for a seek of the paused film to end, and until the picture of the new place is shown. */
    async seeked() {
      const { video } = film;
      const shown = new Promise((resolve) => video.requestVideoFrameCallback(resolve));
      await event(video, 'seeked', 15);
      // No new frame comes where the right one is shown already.
      await Promise.race([shown, new Promise((resolve) => setTimeout(resolve, 1000))]);
      await new Promise(requestAnimationFrame);
      return { currentTime: video.currentTime, frame: film.frame() };
    },

    /** Whether the film at time comes into the buffer within a second without being asked for. */
    async bufferedSoon(time) {
      const deadline = performance.now() + 1000;
      while (!film.isBuffered(time) && performance.now() < deadline) await new Promise(requestAnimationFrame);
      return film.isBuffered(time);
    },

    isBuffered: (time) => film.ranges().some(([start, end]) => start <= time && time < end),

    /** Seconds of film at hand beyond the playhead; without limit where the film's end is at hand. */
    bufferedBeyond() {
      const { currentTime, duration } = film.video;
      const range = film.ranges().find(([start, end]) => start <= currentTime && currentTime <= end);
      if (!range) return 0;
      return range[1] > duration - 0.1 ? Infinity : range[1] - currentTime;
    },

    /** What is buffered, as [start, end] pairs. */
    ranges() {
      const { buffered } = film.video;
      return Array.from({ length: buffered.length }, (_, i) => [buffered.start(i), buffered.end(i)]);
    },

    /** The number in the bar code on the picture shown now, or null where none can be read. */
    frame() {
      const { video } = film;
      const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
      const context = canvas.getContext('2d', { willReadFrequently: true });
      context.drawImage(video, 0, 0);
      const blocks = [];
      for (let block = 0; block < 20; block++) {
        const x = Math.floor((block + 0.5) / 20 * canvas.width);
        const y = Math.floor(canvas.height * 43.5 / 45);
        blocks.push(context.getImageData(x, y, 1, 1).data[1] >= 128 ? 1 : 0);
      }
      const ones = blocks.slice(2, 19).reduce((sum, bit) => sum + bit);
      if (!blocks[0] || blocks[1] || !blocks[19] || ones % 2) return null;
      return parseInt(blocks.slice(2, 18).join(''), 2);
    },

    describe() {
      const { video } = film;
      if (!video) return `no video; the page says: ${film.text()}`;
      const ranges = film.ranges().map((range) => range.join('-'));
      return `at ${video.currentTime} of ${video.duration}, readyState ${video.readyState}, ` +
        `buffered ${ranges.join(' ') || 'nothing'}, ${video.error?.message ?? 'no error'}; ` +
        `the page says: ${film.text()}`;
    },
  };
  window.film = film;
}

/** Starts the film from its beginning, which has so many seconds to come. */
export async function play(page, patience = 15) {
  await page.evaluate((s) => film.play(s), patience);
}

/**
 * Fails unless the film advances in step with the clock for some seconds. A machine that is busy
 * with something else may hold up the picture once or twice, a player that drifts never gets there.
 */
export async function assertInStepWithClock(page, seconds, rate = 1) {
  const tries = [];
  do {
    const { wall, media } = await page.evaluate((s) => film.progress(s), seconds);
    if (Math.abs(wall * rate - media) < 0.25) return;
    tries.push(`${media} s of film in ${wall} s`);
  } while (tries.length < 3);
  assert.fail(`${tries.join(', ')}: ${await troubles(page)} ${await page.evaluate(() => film.describe())}`);
}

/**
 * Waits for the film's end, and fails if anything went wrong on the way. Where mayStarve is true
 * the player may have run out of film meanwhile.
 */
export async function assertEnds(page, seconds, { mayStarve = false } = {}) {
  await page.evaluate((s) => film.ended(s), seconds);
  const { currentTime, duration } = await page.evaluate(() => ({
    currentTime: film.video.currentTime, duration: film.video.duration,
  }));
  assert.ok(Math.abs(currentTime - duration) < 0.1, `ended at ${currentTime} of ${duration}`);
  const wrong = await troubles(page);
  assert.deepEqual(mayStarve ? wrong.filter((text) => !text.startsWith('starved')) : wrong, []);
}

/** What went wrong with the film so far. */
export function troubles(page) {
  return page.evaluate(() => film.troubles);
}

/**
 * Seeks, and fails unless the picture then shown is the frame that belongs to the time, within
 * one. start is the time of frame 0; fps the frames a second.
 */
export async function assertSeek(page, time, { start = 0, fps }) {
  const due = Math.max(0, Math.floor((time - start) * fps + 1e-6));
  // A player may step over a gap at the start of what it got, where the sound begins a little late.
  await assertFrame(page, time, due, { tolerance: 1, within: 1 / fps });
}

/** Seeks, and fails unless the frame then shown carries the number due, give or take some. */
export async function assertFrame(page, time, due, { tolerance = 0, within = 0.01 } = {}) {
  const { currentTime, frame } = await page.evaluate((...given) => film.seekToFrame(...given), time, due, tolerance);
  const right = Math.abs(currentTime - time) < within && frame !== null && Math.abs(frame - due) <= tolerance;
  if (right) return;
  assert.fail(`asked for ${time}, due is frame ${due}; shown is frame ${frame}, ${await page.evaluate(() => film.describe())}`);
}
