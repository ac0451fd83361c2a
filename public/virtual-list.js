// A list that may be long: only the entries in view, and a few around them, are in the page. Their places are computed
// from the columns that CSS makes and from two lengths of it: an entry is --entry-extent high, and --entry-ratio times
// as high as it is wide on top of that.

/** How entries lie: pure, so that it can be tested without a page. All lengths in pixels. */
export class Geometry {
  constructor({ columns, width, height, columnGap, rowGap }) {
    Object.assign(this, { columns, width, height, columnGap, rowGap });
  }

  get pitch() {
    return this.height + this.rowGap;
  }

  totalHeight(count) {
    return Math.max(0, Math.ceil(count / this.columns) * this.pitch - this.rowGap);
  }

  place(index) {
    const column = index % this.columns;
    return { left: column * (this.width + this.columnGap), top: Math.floor(index / this.columns) * this.pitch };
  }

  /** The entries [from, to) of count that lie between two heights. */
  between(top, bottom, count) {
    const from = Math.max(0, Math.floor(top / this.pitch)) * this.columns;
    const to = Math.max(0, Math.ceil(bottom / this.pitch)) * this.columns;
    return [Math.min(from, count), Math.min(to, count)];
  }
}

export class VirtualList {
  #list;
  #build;
  #items = [];
  #count = 0;
  #rows = new Map(); // by path
  #spare = []; // rows that went out of view, for those that come
  #geometry = null;
  #frame = null;
  #focused = -1; // the number of the item that has the focus, or had it last
  #listening = new AbortController();
  #resizes;

  /** `list` is the <ul>; `build()` makes a row, {element, update(item), release()}, for an item {path, …}. */
  constructor(list, build) {
    this.#list = list;
    this.#build = build;
    const { signal } = this.#listening;
    window.addEventListener('scroll', () => this.#schedule(), { passive: true, signal });
    this.#resizes = new ResizeObserver(() => this.relayout());
    this.#resizes.observe(list);
    list.addEventListener('focusin', ({ target }) => (this.#focused = this.indexOf(target)), { signal });
    list.addEventListener('focusout', () => this.#schedule(), { signal });
  }

  destroy() {
    this.#listening.abort();
    this.#resizes.disconnect();
    cancelAnimationFrame(this.#frame);
    for (const row of [...this.#rows.values(), ...this.#spare]) row.release();
    this.#rows.clear();
    this.#spare = [];
    this.#list.replaceChildren();
  }

  get columns() {
    return this.#geometry?.columns ?? 1;
  }

  /** Shows these items, sorted; there may be more to come, up to count. */
  show(items, count = items.length) {
    this.#items = items;
    this.#count = Math.max(count, items.length);
    this.#render();
  }

  /** The view, or the width, is another. */
  relayout() {
    const before = this.#geometry;
    this.#geometry = this.#measure();
    const same = before && ['columns', 'width', 'height', 'columnGap', 'rowGap'].every((name) => before[name] === this.#geometry[name]);
    if (!same) this.#render();
  }

  /** Brings what is shown of an item up to date; of all without a path. */
  refresh(path) {
    for (const [key, row] of this.#rows) {
      if (path === undefined || key === path) row.update(row.item);
    }
    // Those out of view are brought up to date when they come back.
    for (const row of this.#spare) row.item = null;
  }

  /** Gives the focus to the link of an item, wherever that is. */
  focus(index) {
    if (this.#items.length === 0) return;
    const at = Math.max(0, Math.min(index, this.#items.length - 1));
    this.#reveal(at);
    this.#render();
    this.#rows.get(this.#items[at].path)?.element.querySelector('a')?.focus({ preventScroll: true });
  }

  /** The number of the item whose element holds this one, or -1. */
  indexOf(element) {
    const path = element?.closest?.('.entry')?.dataset.path;
    return path === undefined ? -1 : this.#items.findIndex((item) => item.path === path);
  }

  #reveal(index) {
    const { top } = this.#geometry.place(index);
    const from = this.#list.getBoundingClientRect().top + top;
    const margin = 16;
    if (from < margin) window.scrollBy({ top: from - margin, behavior: 'instant' });
    const below = from + this.#geometry.height - (innerHeight - margin);
    if (below > 0) window.scrollBy({ top: below, behavior: 'instant' });
  }

  #measure() {
    const style = getComputedStyle(this.#list);
    const tracks = style.gridTemplateColumns.split(' ').map(parseFloat).filter(Number.isFinite);
    const columns = Math.max(1, tracks.length);
    const width = tracks[0] ?? this.#list.clientWidth;
    const height = parseFloat(style.getPropertyValue('--entry-extent')) + width * parseFloat(style.getPropertyValue('--entry-ratio'));
    return new Geometry({ columns, width, height, columnGap: parseFloat(style.columnGap) || 0, rowGap: parseFloat(style.rowGap) || 0 });
  }

  #schedule() {
    this.#frame ??= requestAnimationFrame(() => this.#render());
  }

  #render() {
    cancelAnimationFrame(this.#frame);
    this.#frame = null;
    if (!this.#geometry) this.#geometry = this.#measure();
    const geometry = this.#geometry;
    this.#list.style.height = `${geometry.totalHeight(this.#count)}px`;
    const above = -this.#list.getBoundingClientRect().top;
    const spare = innerHeight / 2;
    const [from, to] = geometry.between(above - spare, above + innerHeight + spare, this.#items.length);
    const shown = new Map();
    for (let i = from; i < to; i++) shown.set(this.#items[i].path, i);
    // What has the focus keeps it, wherever it is scrolled to.
    const active = this.#list.contains(document.activeElement) ? document.activeElement : null;
    const focused = this.indexOf(active);
    if (focused >= 0) {
      this.#focused = focused;
      shown.set(this.#items[focused].path, focused);
    }
    for (const [path, row] of this.#rows) {
      if (shown.has(path)) continue;
      row.element.remove();
      this.#rows.delete(path);
      this.#spare.push(row);
    }
    let next = this.#list.firstElementChild;
    for (const index of [...shown.values()].sort((a, b) => a - b)) {
      const { element } = this.#row(index);
      if (element === next) next = next.nextElementSibling;
      else this.#list.insertBefore(element, next);
    }
    if (!active) return;
    // That of an item that is gone goes to its neighbour.
    if (focused < 0) this.focus(this.#focused);
    else if (active.isConnected) active.focus({ preventScroll: true });
  }

  /** The row of an item, where it belongs. */
  #row(index) {
    const item = this.#items[index];
    let row = this.#rows.get(item.path);
    if (!row) {
      row = this.#spare.pop() ?? this.#build();
      row.element.dataset.path = item.path;
      this.#rows.set(item.path, row);
    }
    if (row.item !== item) row.update(item);
    row.item = item;
    this.#put(row, index);
    return row;
  }

  #put(row, index) {
    const { columns, width, height, columnGap } = this.#geometry;
    const place = `${index} ${this.#count} ${columns} ${width} ${height} ${columnGap}`;
    if (row.place === place) return;
    row.place = place;
    const { left, top } = this.#geometry.place(index);
    Object.assign(row.element.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
    row.element.setAttribute('aria-posinset', index + 1);
    row.element.setAttribute('aria-setsize', this.#count);
  }
}
