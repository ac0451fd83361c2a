// What can be done with the film beside watching it: links to it, downloads, clips, and the way to its neighbours.

import { readClip, writeTime } from './clip.js';
import { copyText } from './copy.js';
import { make } from './dom.js';
import { clockTime } from './format.js';

const GUEST_LINK = { scope: 'watch', expires: '24h' };

const button = (text, onclick, props = {}) => make('button', { type: 'button', class: 'plain', textContent: text, onclick, ...props });

export class FilmTools {
  #place;
  #film;
  #said = make('p', { class: 'said', role: 'status' });
  #downloads = []; // functions that bring a link up to date
  #clip = null;
  #link = make('input', { class: 'link', readOnly: true, hidden: true, 'aria-label': 'Link' });

  /**
   * `place` is where the tools go. `film` tells of what is in the player: `address`, as Address has it, `page(query)`
   * its page's URL, `media` the media element, `canDownload`, `canSign`.
   */
  constructor(place, film) {
    this.#place = place;
    this.#film = film;
    this.#build();
  }

  /** There is another film in the player. */
  changed() {
    for (const renew of this.#downloads) renew();
    this.#clip?.forget();
    this.#link.hidden = true;
    this.#say('');
  }

  #build() {
    const { canDownload, canSign } = this.#film;
    const link = button('Copy link', () => this.#copyLink());
    this.#film.media.addEventListener('timeupdate', () => {
      const time = Math.floor(this.#film.media.currentTime);
      const text = time > 0 ? `Copy link at ${clockTime(time)}` : 'Copy link';
      if (link.textContent !== text) link.textContent = text;
    });
    const tools = [link];
    if (canSign) tools.push(button('Copy link for a guest', () => this.#copyGuestLink(), { title: 'Whoever has it can watch this film for a day' }));
    if (canDownload) {
      tools.push(
        this.#download('Download', () => this.#film.address.at('media')),
        this.#download('Download as fragmented MP4', () => this.#film.address.at('fmp4', { download: 1 })),
      );
    }
    // The bearer of a link to watch may not have the file, nor a part of it.
    this.#clip = canDownload ? this.#clipPanel() : null;
    this.#place.replaceChildren(make('div', { class: 'row' }, ...tools), ...(this.#clip ? [this.#clip.panel] : []), this.#link, this.#said);
  }

  get #time() {
    return Math.floor(this.#film.media.currentTime);
  }

  #copyLink() {
    this.#copy(this.#film.page(this.#time > 0 ? { t: String(this.#time) } : {}), 'The link is copied.');
  }

  async #copyGuestLink() {
    this.#say('');
    try {
      const response = await fetch(this.#film.address.at('api/sign'), {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(GUEST_LINK),
      });
      const answer = await response.json();
      if (!response.ok) return this.#say(answer.error?.message ?? 'The server makes no link.');
      const url = new URL(answer.url);
      if (this.#time > 0) url.searchParams.set('t', this.#time);
      const until = new Date(answer.expires).toLocaleString();
      await this.#copy(url.href, `The link is copied. It is good until ${until}.`);
    } catch {
      this.#say('The server does not answer.');
    }
  }

  /** Where the page may not copy by itself, the link is there to be copied. */
  async #copy(url, done) {
    const copied = await copyText(url);
    this.#link.value = url;
    this.#link.hidden = copied;
    if (!copied) this.#link.select();
    this.#say(copied ? done : 'Copy the link from here.');
  }

  #say(sentence) {
    this.#said.textContent = sentence;
  }

  #clipPanel() {
    const field = (label) => make('input', { type: 'text', size: 9, inputMode: 'decimal', autocomplete: 'off', 'aria-label': label });
    const [from, to] = [field('The clip begins at'), field('The clip ends at')];
    const here = (input, text) => button(text, () => {
      input.value = writeTime(this.#film.media.currentTime);
      this.#say('');
    });
    const form = make('form', { class: 'row' },
      make('span', { class: 'span' }, from, here(from, 'From here')),
      make('span', { class: 'span' }, to, here(to, 'To here')),
      make('button', { class: 'plain strong', textContent: 'Download the clip' }),
      make('p', { class: 'hint', textContent: 'Nothing is encoded anew: it begins at the key frame before.' }));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#downloadClip(from.value, to.value);
    });
    const panel = make('details', { class: 'clip' }, make('summary', { textContent: 'Clip' }), form);
    panel.addEventListener('toggle', () => {
      if (!panel.open || from.value) return;
      const { currentTime, duration } = this.#film.media;
      from.value = writeTime(currentTime);
      to.value = writeTime(Math.min(currentTime + 30, duration || Infinity));
    });
    const forget = () => {
      panel.open = false;
      from.value = to.value = '';
    };
    return { panel, forget };
  }

  /** A link to what `address()` says of the film that is in the player. */
  #download(text, address) {
    const link = make('a', { class: 'plain', textContent: text, href: address(), download: '' });
    this.#downloads.push(() => (link.href = address()));
    return link;
  }

  #downloadClip(fromText, toText) {
    const { from, to, wrong } = readClip(fromText, toText, this.#film.media.duration);
    this.#say(wrong ?? '');
    if (wrong) return;
    make('a', { href: this.#film.address.at('fmp4', { from, to, download: 1 }), download: '' }).click();
  }
}
