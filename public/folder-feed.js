// What is in a folder, or found below it: asked for page by page, and kept up to date by what the server tells.

import { belongs } from './listing.js';
import { writeAddress } from './list-address.js';

// The first page is small, so that there is something to see. Of the others each costs the server a look at the whole
// folder, and the browser, while it reads it, time in which it does nothing else.
const FIRST_PAGE = 200;
const PAGE = 1000;
const RELOAD_APART_MS = 1000;
const RETRY_MS = 3000;
const CLOSED = 2; // EventSource.CLOSED

/**
 * `entries` is a Map by path, `total` how many there will be, `complete` whether all are there, `failed` whether the
 * server gave no answer last. `changed()` is called when any of them is another, `progress({indexed, total})` while
 * films are being read, `loggedOut()` when the server wants a login.
 */
export class FolderFeed {
  #base;
  #folder;
  #changed;
  #progress;
  #loggedOut;
  #query = null;
  #events = null;
  #loading = null; // the AbortController of the list on its way
  #timer = null;
  #reopening = null;
  #loadedAt = -Infinity;
  #told = new Map(); // what was told while the list was on its way: path to {entry or null, tick}
  #tick = 0;
  entries = new Map();
  total = null;
  complete = false;
  failed = false;

  constructor({ base, folder, changed, progress, loggedOut = () => {} }) {
    this.#base = base;
    this.#folder = folder;
    this.#changed = changed;
    this.#progress = progress;
    this.#loggedOut = loggedOut;
  }

  /** Begins with {q, sort, order}, or goes on with others. */
  open(query) {
    const before = this.#query;
    this.#query = query;
    if (before && before.q === query.q) {
      // With all at hand another order is no reason to ask.
      if (!this.complete && this.#events) this.#loadAnew();
      return;
    }
    this.complete = false;
    this.sleep();
    this.#loadedAt = -Infinity;
    this.wake();
  }

  wake() {
    if (!this.#query || this.#events) return;
    const address = new URL('api/events', this.#base);
    // A search hears of all folders, as it may find something in any.
    if (!this.#query.q) address.searchParams.set('folder', this.#folder);
    const events = new EventSource(address);
    const on = (name, act) => events.addEventListener(name, (event) => act(JSON.parse(event.data)));
    // Whatever happened before it began to listen is in the list it asks for then.
    events.onopen = () => this.#loadAnew();
    events.onerror = () => {
      // What is closed for good, as by a proxy that says 502, must be opened anew.
      if (events.readyState === CLOSED && this.#events === events) this.#reopenLater();
      this.#reload();
    };
    on('reload', () => this.#reload());
    on('added', (list) => this.#hear(list.map((entry) => [entry.path, entry])));
    on('changed', (list) => this.#hear(list.map((entry) => [entry.path, entry])));
    on('removed', (list) => this.#hear(list.map((path) => [path, null])));
    on('progress', (progress) => this.#progress(progress));
    this.#events = events;
  }

  sleep() {
    clearTimeout(this.#reopening);
    this.#events?.close();
    this.#events = null;
    this.#stopLoading();
  }

  #reopenLater() {
    clearTimeout(this.#reopening);
    this.#reopening = setTimeout(() => {
      this.#events = null;
      this.wake();
    }, RETRY_MS);
  }

  #stopLoading() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#loading?.abort();
    this.#loading = null;
  }

  #loadAnew() {
    this.#stopLoading();
    this.#reload();
  }

  /** Asks for the whole list, but not all the time. */
  #reload() {
    if (this.#timer !== null) return;
    const wait = Math.max(0, this.#loadedAt + RELOAD_APART_MS - performance.now());
    this.#timer = setTimeout(() => this.#load(), wait);
  }

  async #load() {
    this.#timer = null;
    this.#loading?.abort();
    const loading = (this.#loading = new AbortController());
    this.#loadedAt = performance.now();
    this.#told.clear();
    const fresh = new Map();
    try {
      await this.#loadPages(fresh, loading.signal);
      if (loading.signal.aborted) return;
      this.failed = false;
    } catch {
      if (loading.signal.aborted) return;
      // What is shown stays; the next try may bring more.
      this.failed = true;
      this.#loadedAt = performance.now() + RETRY_MS;
      this.#reload();
    }
    this.#loading = null;
    this.#changed();
  }

  async #loadPages(fresh, signal) {
    let after = '';
    do {
      const asked = this.#tick++;
      const page = await this.#fetchPage(after, signal);
      if (signal.aborted) return;
      for (const entry of page.entries ?? []) {
        const told = this.#told.get(entry.path);
        const current = told && told.tick > asked ? told.entry : entry;
        if (current) fresh.set(entry.path, current);
      }
      after = page.next ?? '';
      if (after && !this.complete) this.#publish(fresh, Math.max(page.total ?? 0, fresh.size));
    } while (after);
    for (const [path, { entry }] of this.#told) {
      if (entry && !fresh.has(path)) fresh.set(path, entry);
      else if (!entry) fresh.delete(path);
    }
    this.complete = true;
    this.#publish(fresh, fresh.size);
  }

  #publish(entries, total) {
    this.entries = entries;
    this.total = total;
    this.failed = false;
    this.#changed();
  }

  async #fetchPage(after, signal) {
    const { q, sort, order } = this.#query;
    const limit = after ? PAGE : FIRST_PAGE;
    const address = new URL(`api/list/${this.#folder}`, this.#base);
    address.search = writeAddress({ q, sort, order }, { limit, after });
    const response = await fetch(address, { signal });
    if (response.status === 401) this.#loggedOut();
    if (!response.ok) throw new Error(`the list was refused: ${response.status}`);
    return response.json();
  }

  /** Takes in [path, entry or null] that were told. */
  #hear(news) {
    let mine = false;
    for (const [path, entry] of news) {
      if (entry ? !belongs(entry, this.#folder, this.#query.q) : !this.entries.has(path)) continue;
      mine = true;
      if (entry) this.entries.set(path, entry);
      else this.entries.delete(path);
    }
    if (this.#loading) for (const [path, entry] of news) this.#tell(path, entry);
    if (!mine) return;
    if (this.complete) this.total = this.entries.size;
    this.#changed();
  }

  #tell(path, entry) {
    if (entry && !belongs(entry, this.#folder, this.#query.q)) return;
    this.#told.set(path, { entry, tick: this.#tick++ });
  }
}
