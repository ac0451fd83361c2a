// <file-list data-path="percent-encoded/folder">: the entries of one folder. It takes the place of the server's plain
// list of links inside it as soon as it knows more, and follows what happens in the folder.

import { make } from './dom.js';
import { byteSize, clockTime, codecSummary, codecWithName, day, resolution } from './format.js';
import { icon } from './icons.js';
import { applyChanges, compareEntries, COLUMNS, progressText } from './listing.js';
import { canPlay } from './source.js';

const BASE = new URL('..', import.meta.url);
const RELOAD_APART_MS = 1000;
const RETRY_MS = 3000;

const STATES = { indexing: 'Being read', growing: 'Growing', truncated: 'Cut short', invalid: 'Cannot be played' };

export class FileList extends HTMLElement {
  #entries = null; // by path
  #rows = new Map();
  #sort = { key: 'name', down: false };
  #body = null;
  #progress = make('p', { class: 'progress', role: 'status', hidden: true });
  #events = null;
  #timer = null;
  #loading = false;
  #again = false; // something happened while the list was on its way
  #loadedAt = -Infinity;
  #listening = null;

  connectedCallback() {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    document.addEventListener('visibilitychange', () => this.#wake(), { signal });
    // Firefox complains of what is still open when a page is left.
    window.addEventListener('pagehide', () => this.#sleep(), { signal });
    window.addEventListener('pageshow', () => this.#wake(), { signal });
    this.#wake();
  }

  disconnectedCallback() {
    this.#listening.abort();
    this.#sleep();
  }

  /** A page that nobody sees does not listen, so that it keeps no connection for itself. */
  #wake() {
    if (document.hidden) return this.#sleep();
    if (this.#events) return;
    const events = new EventSource(new URL(`api/events?folder=${encodeURIComponent(this.dataset.path)}`, BASE));
    const on = (name, act) => events.addEventListener(name, (event) => act(JSON.parse(event.data)));
    // Whatever happened before it began to listen is in the list it asks for then.
    events.onopen = () => this.#reload();
    on('reload', () => this.#reload());
    on('added', (added) => this.#change({ added }));
    on('changed', (changed) => this.#change({ changed }));
    on('removed', (removed) => this.#change({ removed }));
    on('progress', (progress) => this.#showProgress(progress));
    this.#events = events;
    this.#reload();
  }

  #sleep() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#events?.close();
    this.#events = null;
  }

  /** Asks for the whole list, but not all the time. */
  #reload() {
    this.#again = true;
    if (this.#loading || this.#timer !== null) return;
    const wait = Math.max(0, this.#loadedAt + RELOAD_APART_MS - performance.now());
    this.#timer = setTimeout(() => this.#load(), wait);
  }

  async #load() {
    this.#timer = null;
    this.#loading = true;
    this.#again = false;
    try {
      const response = await fetch(new URL(`api/list/${this.dataset.path}`, BASE));
      if (response.ok) this.#replace((await response.json()).entries ?? []);
      this.#loadedAt = performance.now();
    } catch {
      // What is shown stays; the next try may bring more.
      this.#loadedAt = performance.now() + RETRY_MS;
      this.#again = true;
    }
    this.#loading = false;
    if (this.#again && this.#events) this.#reload();
  }

  #change(changes) {
    // What the list on its way does not hold yet would be lost with it.
    if (this.#loading) this.#again = true;
    if (!this.#entries) return;
    applyChanges(this.#entries, changes);
    for (const { path } of changes.changed ?? []) this.#rows.delete(path);
    this.#render();
  }

  #replace(list) {
    const entries = new Map(list.map((entry) => [entry.path, entry]));
    for (const [path, entry] of entries) {
      if (JSON.stringify(entry) !== JSON.stringify(this.#entries?.get(path))) this.#rows.delete(path);
    }
    this.#entries = entries;
    this.#render();
  }

  /** Shows the entries; rows that stay as they are stay where they are, with the focus if they have it. */
  #render() {
    const focused = this.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    if (this.#entries.size === 0) {
      this.#body = null;
      this.replaceChildren(this.#progress, emptyFolder());
      return;
    }
    if (!this.#body) this.replaceChildren(this.#progress, this.#table());
    const entries = [...this.#entries.values()].sort(compareEntries(this.#sort));
    const rows = entries.map((entry) => {
      if (!this.#rows.has(entry.path)) this.#rows.set(entry.path, row(entry));
      return this.#rows.get(entry.path);
    });
    for (const path of this.#rows.keys()) {
      if (!this.#entries.has(path)) this.#rows.delete(path);
    }
    const body = this.#body;
    if (rows.length !== body.children.length || rows.some((element, i) => element !== body.children[i])) {
      body.replaceChildren(...rows);
    }
    if (focused && document.activeElement?.dataset?.key !== focused) {
      this.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    }
  }

  #showProgress(progress) {
    const text = progressText(progress);
    this.#progress.hidden = !text;
    if (this.#progress.textContent !== text) this.#progress.textContent = text;
  }

  #table() {
    const head = make('tr', {}, ...COLUMNS.map((column) => this.#heading(column)));
    this.#body = make('tbody');
    return make(
      'table',
      { class: 'files' },
      make('caption', { class: 'unseen', textContent: 'Files of this folder' }),
      make('thead', {}, head),
      this.#body,
    );
  }

  #heading({ key, label }) {
    const { key: current, down } = this.#sort;
    const button = make('button', { type: 'button', textContent: label });
    button.dataset.key = `sort:${key}`;
    button.addEventListener('click', () => {
      this.#sort = { key, down: current === key && !down };
      this.#body = null; // the headings tell how it is sorted
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
