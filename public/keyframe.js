// Pictures of films: the server sends a key frame as it is in the file, and the browser decodes it.

import { Address } from './address.js';
import { PictureStore } from './picture-store.js';
import { othersPlaying } from './playing.js';

const AT_ONCE = 2;
const DECODE_MS = 10_000;
// Not every browser tells of frames that are not on the page, and none in a tab that is not seen.
const SHOWN_MS = 200;
// What is drawn before there is a frame is black.
const BLACK_MS = 2000;
const notShown = new Error('no frame to be drawn yet');
const IN_MEMORY = 300;
const QUALITY = 0.8;

/**
 * Makes pictures, a few at a time, and keeps them. `store` has get(key) and put(key, blob); `others` tells when other
 * pages are quiet; `make(job)` answers a Blob, or null where there is no picture.
 */
export class Pictures {
  #store;
  #others;
  #make;
  #waiting = []; // jobs
  #running = 0;
  #jobs = new Map(); // by key
  #memory = new Map(); // by key: Blob, or null for what has no picture

  constructor({ store, others, make }) {
    this.#store = store;
    this.#others = others;
    this.#make = make;
  }

  /**
   * A picture of a film, named as Address takes it, as a Blob, or null. `time` in seconds, else one that stands for the film; `width` in pixels;
   * `version` is another when the film is; `cover`: its cover art instead; `token` of a signed link; `urgent`: somebody
   * waits for it, even while films play; `signal` takes the wish back.
   */
  async picture(path, { time, width = 480, version = '', cover = false, token = '', urgent = false, signal } = {}) {
    const key = [path, version, cover ? 'cover' : (time ?? ''), width].join(' ');
    if (this.#memory.has(key)) return this.#recent(key);
    const kept = version ? await this.#store.get(key) : null;
    if (kept) return this.#remember(key, kept);
    if (signal?.aborted) return null;
    return this.#wish({ key, path, time, width, version, cover, token }, urgent, signal);
  }

  #wish(what, urgent, signal) {
    let job = this.#jobs.get(what.key);
    if (!job) {
      job = { ...what, wanted: 0, urgent, ...Promise.withResolvers?.() ?? withResolvers() };
      this.#jobs.set(what.key, job);
      if (urgent) this.#waiting.unshift(job);
      else this.#waiting.push(job);
    }
    job.urgent ||= urgent;
    job.wanted++;
    signal?.addEventListener('abort', () => this.#giveUp(job), { once: true });
    this.#next();
    return job.promise;
  }

  /** What nobody wants any more, and has not been begun, is not made. */
  #giveUp(job) {
    if (--job.wanted > 0 || !this.#waiting.includes(job)) return;
    this.#waiting.splice(this.#waiting.indexOf(job), 1);
    this.#jobs.delete(job.key);
    job.resolve(null);
  }

  async #next() {
    if (this.#running >= AT_ONCE) return;
    const index = this.#others.busy ? this.#waiting.findIndex(({ urgent }) => urgent) : 0;
    if (index < 0 || this.#waiting.length === 0) {
      if (this.#waiting.length > 0) this.#others.quiet().then(() => this.#next());
      return;
    }
    const [job] = this.#waiting.splice(index, 1);
    this.#running++;
    let blob = null;
    try {
      blob = await this.#make(job);
      this.#remember(job.key, blob);
      if (blob && job.version) this.#store.put(job.key, blob);
    } catch {
      // The server did not answer: it is asked again when somebody wants the picture again.
    }
    this.#running--;
    this.#jobs.delete(job.key);
    job.resolve(blob);
    this.#next();
  }

  #recent(key) {
    return this.#remember(key, this.#memory.get(key));
  }

  #remember(key, blob) {
    this.#memory.delete(key);
    this.#memory.set(key, blob);
    if (this.#memory.size > IN_MEMORY) this.#memory.delete(this.#memory.keys().next().value);
    return blob;
  }
}

function withResolvers() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

/** Fetches what a picture is made of, and draws it: a Blob, null where there is none. */
async function makePicture({ path, time, width, cover, token }) {
  const address = new Address(path, token);
  const url = cover ? address.at('cover') : address.at('keyframe', time === undefined ? {} : { t: time });
  const response = await fetch(url);
  if (response.status >= 500 || response.status === 429) throw new Error(`no picture yet: ${response.status}`);
  if (!response.ok) return null;
  const blob = await response.blob();
  return cover ? drawCover(blob, width) : drawFrame(blob, width);
}

async function drawCover(blob, width) {
  try {
    const picture = await createImageBitmap(blob);
    return await toJPEG(draw(picture, picture.width, picture.height, width));
  } catch {
    return null;
  }
}

async function drawFrame(blob, width) {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.preload = 'auto';
  const url = URL.createObjectURL(blob);
  try {
    const shown = firstFrame(video);
    await loaded(video, url);
    return await drawShown(video, width, shown);
  } catch (error) {
    if (error === notShown) throw error;
    return null;
  } finally {
    // Lets go of the decoder at once.
    video.removeAttribute('src');
    video.load();
    URL.revokeObjectURL(url);
  }
}

/** Draws a video once `shown` says that there is a frame, or what is drawn is more than black. */
async function drawShown(video, width, shown) {
  const until = performance.now() + BLACK_MS;
  for (let wait = SHOWN_MS; ; wait = 50) {
    const sure = await Promise.race([shown, new Promise((resolve) => setTimeout(resolve, wait))]);
    const canvas = draw(video, video.videoWidth, video.videoHeight, width);
    const late = performance.now() > until;
    if (sure || !canvas || !isBlack(canvas) || (late && !video.requestVideoFrameCallback)) return toJPEG(canvas);
    if (late) throw notShown;
  }
}

/** Answers true when a frame is there to be drawn; where the browser does not tell, it never answers. */
function firstFrame(video) {
  return new Promise((resolve) => video.requestVideoFrameCallback?.(() => resolve(true)));
}

function isBlack(canvas) {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.every((value, i) => i % 4 === 3 || value === 0);
}

function loaded(video, url) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('no picture in time')), DECODE_MS);
    const end = (act) => () => {
      clearTimeout(late);
      act();
    };
    video.addEventListener('loadeddata', end(resolve), { once: true });
    video.addEventListener('error', end(() => reject(video.error)), { once: true });
    video.src = url;
  });
}

function draw(source, sourceWidth, sourceHeight, width) {
  if (!(sourceWidth > 0 && sourceHeight > 0)) return null;
  const scale = Math.min(1, width / sourceWidth);
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(sourceWidth * scale));
  canvas.height = Math.max(1, Math.round(sourceHeight * scale));
  const context = canvas.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}

function toJPEG(canvas) {
  return new Promise((resolve) => (canvas ? canvas.toBlob(resolve, 'image/jpeg', QUALITY) : resolve(null)));
}

let shared = null;

/** A picture of a film, as Pictures has it, of those that this page shares. */
export function picture(path, options) {
  shared ??= new Pictures({ store: new PictureStore(), others: othersPlaying(), make: makePicture });
  return shared.picture(path, options);
}

const STEPS = 150;

/** The time, in seconds, of the preview picture for a moment: near moments share one. Pure. */
export function previewTime(time, duration) {
  const step = Math.max(2, (duration || 0) / STEPS);
  return Math.round((Math.floor(time / step) + 0.5) * step * 10) / 10;
}
