// <file-list data-path="percent-encoded/folder">: the entries of one folder, or what is found below it. It takes the
// place of the server's plain list inside it as soon as it knows more, and follows what happens in the folder. Its event
// `sort` tells that a heading was clicked; `detail` is what to sort by.

import { playsHere, verdict } from './badge.js';
import { make } from './dom.js';
import { EntryRow } from './entry-row.js';
import { FolderFeed } from './folder-feed.js';
import { HoverPreview } from './hover-preview.js';
import { icon } from './icons.js';
import { compareEntries, progressText, SORTS } from './listing.js';
import { writeAddress } from './list-address.js';
import { placesOf } from './places.js';
import { Posters } from './posters.js';
import { filmQuery } from './queue.js';
import { VirtualList } from './virtual-list.js';

const BASE = new URL('..', import.meta.url);

const HEADS = [
  ['name', 'Name'], ['duration', 'Length'], ['picture', 'Picture'], ['codecs', 'Codecs'], ['size', 'Size'], ['modified', 'Date'],
];

export class FileList extends HTMLElement {
  #query = { q: '', sort: 'name', order: 'asc' };
  #feed = null;
  #list = null; // the VirtualList; null while there is nothing to list
  #entries = []; // as they are shown
  #status = make('p', { class: 'status', role: 'status' });
  #playAll = make('a', { class: 'quiet', hidden: true }, icon('play'), 'Play all');
  #line = make('div', { class: 'line' }, this.#status, this.#playAll);
  #progress = '';
  #places = placesOf(BASE);
  #placeOf = null;
  #posters = new Posters();
  #listening = null;
  #scrollTo = 0;

  connectedCallback() {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    this.#feed = new FolderFeed({
      base: BASE,
      folder: this.dataset.path,
      changed: () => this.#show(),
      progress: (progress) => this.#showProgress(progress),
      // The page itself leads to the login, and back.
      loggedOut: () => location.reload(),
    });
    this.#restoreScroll(signal);
    document.addEventListener('visibilitychange', () => this.#wakeOrSleep(), { signal });
    // Firefox complains of what is still open when a page is left.
    window.addEventListener('pagehide', () => this.#feed.sleep(), { signal });
    window.addEventListener('pageshow', () => this.#wakeOrSleep(), { signal });
    window.addEventListener('storage', () => this.#readPlaces(), { signal });
    this.addEventListener('keydown', (event) => this.#onKey(event), { signal });
  }

  disconnectedCallback() {
    this.#listening.abort();
    this.#feed.sleep();
    this.#list?.destroy();
    this.#posters.destroy();
  }

  /** Shows what {q, sort, order, view} asks for. */
  open(query) {
    this.#query = query;
    this.#feed.open(query);
    if (document.hidden) this.#feed.sleep();
    if (!this.#list) return;
    this.#show();
    this.#list.refresh(); // links tell of the order
    this.#list.relayout();
  }

  /** Puts a control beside the line above the list. */
  addTool(element) {
    this.#playAll.before(element);
  }

  /** Gives the focus to an entry by its number. */
  focusEntry(index) {
    this.#list?.focus(index);
  }

  /** A page that nobody sees does not listen, so that it keeps no connection for itself. */
  #wakeOrSleep() {
    if (document.hidden) return this.#feed.sleep();
    this.#readPlaces();
    this.#feed.wake();
  }

  #readPlaces() {
    this.#placeOf = null;
    this.#list?.refresh();
  }

  #show() {
    const { entries, total, complete, failed } = this.#feed;
    this.#say(failed);
    this.ariaBusy = String(!complete);
    if (total === null) return;
    if (complete && entries.size === 0) return this.#showNothing();
    this.#entries = [...entries.values()].sort(compareEntries(this.#query));
    this.#list ??= this.#makeList();
    this.#list.show(this.#entries, total);
    this.#showOrder();
    this.#showPlayAll();
    if (this.#scrollTo > 0 && scrollY === 0) window.scrollTo({ top: this.#scrollTo, behavior: 'instant' });
    this.#scrollTo = 0;
  }

  #showNothing() {
    this.#list?.destroy();
    this.#list = null;
    this.#entries = [];
    this.#playAll.hidden = true;
    this.replaceChildren(this.#line, this.#query.q ? nothingFound(this.#query.q) : emptyFolder());
  }

  #makeList() {
    const list = make('ul', { class: 'entries live', role: 'list' });
    const heads = make('div', { class: 'heads' }, ...HEADS.map(([key, label]) => this.#head(key, label)));
    this.replaceChildren(this.#line, heads, list);
    const context = {
      folder: this.dataset.path,
      posters: this.#posters,
      links: (entry) => this.#links(entry),
      place: (entry) => (this.#placeOf ??= this.#places.all())(entry.path, entry.size),
    };
    new HoverPreview(list, (element) => this.#feed.entries.get(element.dataset.path), this.#listening.signal);
    return new VirtualList(list, () => new EntryRow(context));
  }

  #links(entry) {
    const { q, sort, order } = this.#query;
    if (entry.kind === 'dir') return { open: new URL(`browse/${entry.path}/${writeAddress({ q: '', sort, order })}`, BASE).href };
    // The player page goes on from one to the next in this order.
    const list = { folder: this.dataset.path, q, sort, order };
    const to = (more) => new URL(`watch/${entry.path}${filmQuery(list, more)}`, BASE).href;
    return { open: to({}), again: to({ t: '0' }), all: to({ all: '1' }) };
  }

  #head(key, label) {
    if (!SORTS[key]) return make('span', { class: key, textContent: label });
    const button = make('button', { type: 'button', class: key, textContent: label });
    button.dataset.sort = key;
    button.addEventListener('click', () => this.dispatchEvent(new CustomEvent('sort', { detail: key })));
    return button;
  }

  #showOrder() {
    for (const button of this.querySelectorAll('.heads button')) {
      const mine = button.dataset.sort === this.#query.sort;
      button.dataset.order = mine ? this.#query.order : '';
      button.ariaDescription = mine ? (this.#query.order === 'desc' ? 'descending' : 'ascending') : '';
    }
  }

  /** The way to the first film that plays, after which come the others. */
  #showPlayAll() {
    const first = this.#entries.find((entry) => entry.kind !== 'dir' && verdict(entry, playsHere)?.plays);
    this.#playAll.hidden = !first;
    if (first) this.#playAll.href = this.#links(first).all;
  }

  #showProgress(progress) {
    this.#progress = progressText(progress);
    this.#say(this.#feed.failed);
  }

  /** The line above the list: how many there are, and what is going on. */
  #say(failed) {
    const { total } = this.#feed;
    const count = total > 0 ? `${total.toLocaleString()} ${total === 1 ? 'entry' : 'entries'}${this.#query.q ? ' found' : ''}` : '';
    const text = failed ? 'The server does not answer. What is shown may be old.' : [count, this.#progress].filter(Boolean).join(' · ');
    if (this.#status.textContent !== text) this.#status.textContent = text;
    if (!this.#line.isConnected) this.prepend(this.#line);
    this.toggleAttribute('ready', true);
  }

  #onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || !this.#list) return;
    const at = this.#list.indexOf(event.target);
    if (at < 0) return;
    const { columns } = this.#list;
    const to = {
      ArrowDown: at + columns,
      ArrowUp: at - columns,
      ArrowRight: columns > 1 ? at + 1 : at,
      ArrowLeft: columns > 1 ? at - 1 : at,
      Home: 0,
      End: this.#entries.length - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    // From the last line but one, a shorter last line is reached at its end; from the ends there is no way on.
    const last = this.#entries.length - 1;
    const rowBelow = Math.floor(at / columns) < Math.floor(last / columns);
    if (to >= 0 && (to <= last || rowBelow)) this.#list.focus(Math.min(to, last));
  }

  /** Where the page was when it was left: as long as the list is short, the browser could not go there itself. */
  #restoreScroll(signal) {
    history.scrollRestoration = 'manual';
    this.#scrollTo = history.state?.scroll ?? 0;
    const keep = () => {
      // It takes time in which the next page could begin.
      if ((history.state?.scroll ?? 0) !== scrollY) history.replaceState({ ...history.state, scroll: scrollY }, '');
    };
    window.addEventListener('pagehide', keep, { signal });
  }
}

function nothingFound(q) {
  return make('div', { class: 'empty' }, icon('search'), make('p', { textContent: `Nothing here is called “${q}”.` }));
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
