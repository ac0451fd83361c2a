import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { EntryRow } from '../entry-row.js';

/** As much of an element as a row needs. */
class FakeElement {
  children = [];
  dataset = {};
  attributes = {};
  style = { setProperty() {} };
  classList = { add() {}, toggle() {} };

  constructor(tag) {
    this.localName = tag;
  }

  get firstChild() {
    return this.children[0];
  }

  append(...children) {
    this.children.push(...children);
  }

  replaceChildren(...children) {
    if (this.contains(document.activeElement) && document.activeElement !== this) document.activeElement = null;
    this.children = children;
  }

  contains(other) {
    return other === this || this.children.some((child) => child.contains?.(other));
  }

  querySelector(tag) {
    for (const child of this.children) {
      const found = child.localName === tag ? child : child.querySelector?.(tag);
      if (found) return found;
    }
    return null;
  }

  getAttribute(name) {
    return this.attributes[name] ?? null;
  }

  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  focus() {
    document.activeElement = this;
  }
}

beforeEach(() => {
  const create = (tag) => new FakeElement(tag);
  globalThis.document = { activeElement: null, createElement: create, createElementNS: (_, tag) => create(tag) };
});
afterEach(() => delete globalThis.document);

test('the link to the start keeps the focus when there is news of the entry, or gives it to the title', async () => {
  let place = { time: 9, duration: 10, share: 0.9 };
  const row = new EntryRow({ folder: '', posters: { want() {} }, links: () => ({ open: '/film', again: '/film?t=0' }), place: () => place });
  const entry = { name: 'film', path: 'film.mp4', kind: 'video', state: 'growing', size: 1, tracks: [] };
  row.update(entry);
  const links = () => {
    const [text] = row.element.children;
    const [title, , remark] = text.children;
    return { title, again: remark.querySelector('a') };
  };
  links().again.focus();
  row.update({ ...entry, size: 2 });
  assert.ok(links().again);
  assert.equal(document.activeElement, links().again);
  place = null;
  row.update({ ...entry, size: 3 });
  assert.equal(document.activeElement, links().title);
  document.activeElement = null;
  row.update({ ...entry, size: 4 });
  // The browser is asked for more, and answers later.
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(document.activeElement, null);
});
