// The pictures of a list's entries: made when they are in view, and for a moment longer than in passing.

import { playsHere } from './badge.js';
import { picture } from './keyframe.js';

const REST_MS = 120;

/** Whether there is a picture to be had of an entry, by asking plays(mime): "cover", "frame" or "". Pure. */
export function pictureOf(entry, plays) {
  if (entry.kind === 'dir' || entry.state === 'indexing' || entry.state === 'invalid') return '';
  if (entry.cover) return 'cover';
  const shown = (entry.tracks ?? []).some(({ kind, codec, playable }) => kind === 'video' && playable && plays(`video/mp4; codecs="${codec}"`));
  return shown ? 'frame' : '';
}

/** What a picture is kept under: a film that was replaced, or is whole now, has another. Pure. */
export const versionOf = ({ size, modified, state }) => (state === 'growing' ? '' : `${size} ${modified}`);

export class Posters {
  #observer;
  #wishes = new Map(); // by element

  /** The pictures are `width` pixels wide. */
  constructor(width = 480, ask = picture) {
    this.#observer = new IntersectionObserver((news) => news.forEach((each) => this.#see(each)), { rootMargin: '100px' });
    this.width = width;
    this.ask = ask;
  }

  /** Calls show(blob) when there is a picture of an entry and `element` is in view; null when there is none. */
  want(element, entry, show) {
    this.forget(element);
    const kind = pictureOf(entry, playsHere);
    if (!kind) return;
    this.#wishes.set(element, { entry, cover: kind === 'cover', show, taking: null, timer: null });
    this.#observer.observe(element);
  }

  forget(element) {
    const wish = this.#wishes.get(element);
    if (!wish) return;
    clearTimeout(wish.timer);
    wish.taking?.abort();
    this.#wishes.delete(element);
    this.#observer.unobserve(element);
  }

  destroy() {
    for (const element of [...this.#wishes.keys()]) this.forget(element);
    this.#observer.disconnect();
  }

  #see({ target, isIntersecting }) {
    const wish = this.#wishes.get(target);
    if (!wish) return;
    clearTimeout(wish.timer);
    if (isIntersecting) wish.timer = setTimeout(() => this.#take(target, wish), REST_MS);
    else wish.taking?.abort();
  }

  async #take(element, wish) {
    const { entry, cover, show } = wish;
    wish.taking = new AbortController();
    const { signal } = wish.taking;
    const blob = await this.ask(entry.path, { width: this.width, version: versionOf(entry), cover, signal });
    if (signal.aborted || this.#wishes.get(element) !== wish) return;
    this.forget(element);
    if (blob) show(blob);
  }
}
