// <file-list data-path="percent-encoded/folder">: the entries of one folder. It takes the place of the server's plain
// list of links inside it as soon as it knows more.

import { make } from './dom.js';
import { byteSize, clockTime, codecSummary, codecWithName, day, resolution } from './format.js';
import { icon } from './icons.js';
import { compareEntries, COLUMNS } from './listing.js';
import { canPlay } from './source.js';

const BASE = new URL('..', import.meta.url);
const REFRESH_MS = 3000;

const STATES = { indexing: 'Being read', growing: 'Growing', truncated: 'Cut short', invalid: 'Cannot be played' };

export class FileList extends HTMLElement {
  #entries = null;
  #text = '';
  #sort = { key: 'name', down: false };
  #timer = null;
  #listening = null;

  connectedCallback() {
    this.#listening = new AbortController();
    document.addEventListener('visibilitychange', () => this.#refresh(), { signal: this.#listening.signal });
    this.#refresh();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#listening.abort();
  }

  async #refresh() {
    clearTimeout(this.#timer);
    if (document.hidden) return;
    try {
      const response = await fetch(new URL(`api/list/${this.dataset.path}`, BASE));
      const text = await response.text();
      if (response.ok && text !== this.#text) {
        this.#text = text;
        this.#entries = JSON.parse(text).entries ?? [];
        this.#render();
      }
    } catch {
      // What is shown stays; the next try may bring more.
    }
    const moving = this.#entries?.some(({ state }) => state === 'indexing' || state === 'growing');
    if (moving || !this.#entries) this.#timer = setTimeout(() => this.#refresh(), REFRESH_MS);
  }

  #render() {
    const focused = this.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    this.replaceChildren(this.#entries.length > 0 ? this.#table() : emptyFolder());
    if (focused) this.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  #table() {
    const entries = [...this.#entries].sort(compareEntries(this.#sort));
    const head = make('tr', {}, ...COLUMNS.map((column) => this.#heading(column)));
    return make(
      'table',
      { class: 'files' },
      make('caption', { class: 'unseen', textContent: 'Files of this folder' }),
      make('thead', {}, head),
      make('tbody', {}, ...entries.map(row)),
    );
  }

  #heading({ key, label }) {
    const { key: current, down } = this.#sort;
    const button = make('button', { type: 'button', textContent: label });
    button.dataset.key = `sort:${key}`;
    button.addEventListener('click', () => {
      this.#sort = { key, down: current === key && !down };
      this.#render();
    });
    const order = current !== key ? 'none' : down ? 'descending' : 'ascending';
    return make('th', { class: key, scope: 'col', 'aria-sort': order }, button);
  }
}

function row(entry) {
  const cell = (key, ...content) => make('td', { class: key }, ...content);
  return make(
    'tr',
    { class: `${entry.kind} ${entry.state ?? ''}` },
    cell('name', nameOf(entry)),
    cell('duration', entry.duration > 0 ? clockTime(entry.duration) : ''),
    cell('picture', resolution(entry.tracks)),
    cell('codecs', codecSummary(entry.tracks)),
    cell('size', entry.kind === 'dir' ? '' : byteSize(entry.size)),
    cell('modified', day(entry.modified)),
  );
}

function nameOf(entry) {
  const title = make('span', { class: 'title', textContent: entry.name });
  const body = make('span', { class: 'body' }, title, ...remarks(entry));
  const content = [icon(entry.kind === 'dir' ? 'folder' : entry.kind), body];
  if (entry.state === 'invalid') return make('span', { class: 'entry' }, ...content);
  const place = entry.kind === 'dir' ? `browse/${entry.path}/` : `watch/${entry.path}`;
  const link = make('a', { class: 'entry', href: new URL(place, BASE).href }, ...content);
  link.dataset.key = entry.path;
  return link;
}

/** What is to be said about the entry besides its numbers. */
function remarks(entry) {
  const said = [];
  if (STATES[entry.state]) said.push(make('span', { class: `badge ${entry.state}`, textContent: STATES[entry.state] }));
  const refused = entry.state !== 'invalid' && unplayable(entry);
  if (refused) said.push(make('span', { class: 'badge refused', textContent: refused.badge }));
  const reason = entry.reason || (refused && refused.reason);
  if (reason) said.push(make('span', { class: 'reason', textContent: reason }));
  return said;
}

function unplayable(entry) {
  if (entry.kind === 'dir' || !entry.mime || canPlay(entry.mime)) return null;
  const tracks = (entry.tracks ?? []).filter(({ kind }) => kind === 'video' || kind === 'audio');
  const bad = tracks.filter(({ kind, codec }) => !canPlay(`${kind}/mp4; codecs="${codec}"`));
  const names = bad.map(({ kind, codec }) => `${kind} ${codecWithName(codec)}`).join(', ');
  const some = bad.length > 0 && !bad.some(({ kind }) => kind === 'video') && tracks.some(({ kind }) => kind === 'video');
  return {
    badge: some ? 'Without sound in this browser' : 'Not in this browser',
    reason: names && `This browser does not support ${names}.`,
  };
}

function emptyFolder() {
  return make(
    'div',
    { class: 'empty' },
    icon('folder'),
    make('p', { textContent: 'This folder is empty.' }),
    make('p', { class: 'hint', textContent: 'Put an MP4 file into it: it will appear here.' }),
  );
}

if (!customElements.get('file-list')) customElements.define('file-list', FileList);
