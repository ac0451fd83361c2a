// A few silent seconds of a film while the mouse rests on its entry.

import { Address } from './address.js';
import { pictureToDecode, playsHere, verdict } from './badge.js';
import { make } from './dom.js';
import { othersPlaying } from './playing.js';

const REST_MS = 500;
const SECONDS = 6;
// A film begins with titles and darkness.
const AT_SHARE = 0.2;

/** What of a film is shown, {from, to, tracks}, or null if nothing can be: by asking plays(mime). Pure. */
export function sampleOf(entry, plays) {
  if (!(entry.duration > 0) || entry.state === 'growing' || !verdict(entry, plays)?.plays) return null;
  const picture = pictureToDecode(entry);
  if (!picture) return null;
  const from = Math.max(0, Math.min(entry.duration * AT_SHARE, entry.duration - SECONDS));
  return { from: from.toFixed(2), to: Math.min(from + SECONDS, entry.duration).toFixed(2), tracks: picture.track.id };
}

export class HoverPreview {
  #entryOf;
  #entry = null; // the element under the mouse
  #path = ''; // what it shows; elements are used again
  #timer = null;
  #video = null;

  /** `list` holds the entries' elements; `entryOf(element)` answers what one of them shows. `signal` ends it. */
  constructor(list, entryOf, signal) {
    this.#entryOf = entryOf;
    list.addEventListener('pointerover', (event) => this.#enter(event), { signal });
    list.addEventListener('pointerleave', () => this.stop(), { signal });
    // What moves away below the mouse is not what it rests on.
    window.addEventListener('scroll', () => this.stop(), { passive: true, signal });
    const changes = new MutationObserver(() => this.#leave());
    changes.observe(list, { childList: true });
    signal.addEventListener('abort', () => {
      changes.disconnect();
      this.stop();
    });
  }

  stop() {
    clearTimeout(this.#timer);
    this.#entry = null;
    if (!this.#video) return;
    // What is on its way is given up.
    this.#video.removeAttribute('src');
    this.#video.load();
    this.#video.remove();
    this.#video = null;
  }

  #leave() {
    if (this.#entry && !(this.#entry.isConnected && this.#entry.dataset.path === this.#path)) this.stop();
  }

  #enter({ target, pointerType }) {
    const element = target.closest('.entry');
    if (element === this.#entry) return;
    this.stop();
    if (!element || pointerType !== 'mouse' || matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    this.#entry = element;
    this.#path = element.dataset.path;
    this.#timer = setTimeout(() => this.#show(element), REST_MS);
  }

  #show(element) {
    const entry = this.#entryOf(element);
    const sample = entry && !othersPlaying().busy && sampleOf(entry, playsHere);
    if (!sample) return;
    const video = make('video', { muted: true, playsInline: true, autoplay: true, disableRemotePlayback: true, 'aria-hidden': 'true' });
    video.addEventListener('ended', () => this.stop());
    video.addEventListener('error', () => this.stop());
    // Until there is a picture, the one below stays.
    video.hidden = true;
    video.addEventListener('loadeddata', () => (video.hidden = false));
    video.src = new Address(entry.path).at('fmp4', sample);
    this.#video = video;
    element.querySelector('.poster').append(video);
  }
}
