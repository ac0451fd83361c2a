// What else is known of a film beside its streams: title, cover, chapters, captions.

import { Chapters } from './chapters.js';
import { TextTracks } from './text-tracks.js';

/** Asks /api/info, and shows what it says. `changed()` is called when there is news. */
export class Extras {
  #host;
  #view;
  #changed;
  #chapters;
  #texts;
  #url = '';
  #asking = null;
  info = null;
  cover = ''; // a URL, or "" for none

  constructor(host, view, signal, changed) {
    this.#host = host;
    this.#view = view;
    this.#changed = changed;
    const video = view.media.nativeEl;
    this.#chapters = new Chapters(video, view.chapter, signal);
    this.#texts = new TextTracks(video, signal);
    signal.addEventListener('abort', () => this.#clear());
  }

  /** The film at `address` is played from now on. What could not be learnt of it is asked for again by another call. */
  async open(address) {
    const url = address.at('api/info');
    if (this.#asking && this.#url === url) return;
    this.#clear();
    this.#url = url;
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    try {
      const response = await fetch(url, { signal });
      if (response.ok) await this.#show(await response.json(), address, signal);
    } catch {
      // The film plays without its description.
    }
    if (!this.info && !signal.aborted) this.#asking = null;
  }

  #clear() {
    this.#asking?.abort();
    this.#asking = null;
    if (this.cover) URL.revokeObjectURL(this.cover);
    if (this.info?.chapters?.length > 0) this.#chapters.set([]);
    if (this.info?.subtitles?.length > 0) this.#texts.set([]);
    this.info = null;
    this.cover = '';
    this.#view.sound.classList.remove('covered');
    this.#view.sound.style.backgroundImage = '';
  }

  async #show(info, address, signal) {
    this.info = info;
    if (info.chapters?.length > 0) this.#chapters.set(info.chapters);
    if (info.subtitles?.length > 0) this.#texts.set(info.subtitles, (id) => address.at('subs', {}, `/${id}.vtt`), info.state === 'growing');
    this.#changed();
    this.#host.dispatchEvent(new CustomEvent('vod-info', { detail: info, bubbles: true, composed: true }));
    if (!info.cover) return;
    // Fetched, not linked to: pictures of another origin are for those alone who ask with their own.
    const picture = await fetch(address.at('cover'), { signal });
    if (!picture.ok) return;
    const image = await picture.blob();
    if (signal.aborted) return; // another film is shown by now
    this.cover = URL.createObjectURL(image);
    this.#view.sound.classList.add('covered');
    this.#view.sound.style.backgroundImage = `url("${this.cover}")`;
    this.#changed();
  }
}
