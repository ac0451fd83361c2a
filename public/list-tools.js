// The controls above the list: search, order, view. The page's address says what they are set to.

import { readAddress, writeAddress } from './list-address.js';

const TYPING_PAUSE_MS = 200;

export class ListTools {
  #form;
  #changed;
  #query;
  #timer = null;

  /** `form` is the server's; `changed({q, sort, order, view})` hears of what is asked for. */
  constructor(form, changed) {
    this.#form = form;
    this.#changed = changed;
    this.#query = readAddress(location.search);
    this.#show();
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#read();
    });
    form.addEventListener('change', () => this.#read());
    form.addEventListener('input', (event) => {
      if (event.target.name !== 'q') return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#read(), TYPING_PAUSE_MS);
    });
    form.elements.q.addEventListener('keydown', (event) => this.#onKey(event));
  }

  get query() {
    return this.#query;
  }

  /** Sorts by a key, or the other way round if that is so already. */
  sortBy(sort) {
    const { order, sort: before } = this.#query;
    this.#set({ ...this.#query, sort, order: before === sort && order === 'asc' ? 'desc' : 'asc' });
    this.#show();
  }

  focusSearch() {
    this.#form.elements.q.select();
    this.#form.elements.q.focus();
  }

  /** What is set in the controls. */
  #read() {
    clearTimeout(this.#timer);
    const { q, sort, order, view } = this.#form.elements;
    const said = { q: q.value.trim(), sort: sort.value, order: order.checked ? 'desc' : 'asc', view: view.value };
    this.#set(said);
  }

  #set(query) {
    const before = this.#query;
    this.#query = query;
    if (query.view && query.view !== document.documentElement.dataset.view) keepView(query.view);
    // The view is a habit, not a place: the address has it only where it came with it.
    const inAddress = new URLSearchParams(location.search).has('view') ? query.view : '';
    history.replaceState(history.state, '', writeAddress({ ...query, view: inAddress }) || location.pathname);
    if (['q', 'sort', 'order', 'view'].some((name) => query[name] !== before[name])) this.#changed(query);
  }

  #show() {
    const { q, sort, order, view } = this.#form.elements;
    const { query } = this;
    // What is being typed is newer than the address.
    if (document.activeElement !== q) q.value = query.q;
    sort.value = query.sort;
    order.checked = query.order === 'desc';
    view.value = document.documentElement.dataset.view;
  }

  #onKey(event) {
    if (event.key !== 'Escape' || !this.#form.elements.q.value) return;
    event.preventDefault();
    this.#form.elements.q.value = '';
    this.#read();
  }
}

function keepView(view) {
  document.documentElement.dataset.view = view;
  try {
    localStorage.setItem('vodsrv.view', view);
  } catch {
    // It is kept as long as the page is.
  }
}
