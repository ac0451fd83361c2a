import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Geometry, VirtualList } from '../virtual-list.js';

const grid = new Geometry({ columns: 3, width: 100, height: 80, columnGap: 10, rowGap: 20 });

test('entries lie in rows', () => {
  assert.deepEqual(grid.place(0), { left: 0, top: 0 });
  assert.deepEqual(grid.place(2), { left: 220, top: 0 });
  assert.deepEqual(grid.place(4), { left: 110, top: 100 });
});

test('the list is as high as its rows', () => {
  assert.equal(grid.totalHeight(0), 0);
  assert.equal(grid.totalHeight(3), 80);
  assert.equal(grid.totalHeight(4), 180);
});

test('only whole rows that are in view are shown', () => {
  assert.deepEqual(grid.between(0, 100, 100), [0, 3]);
  assert.deepEqual(grid.between(0, 101, 100), [0, 6]);
  assert.deepEqual(grid.between(199, 200, 100), [3, 6]);
  assert.deepEqual(grid.between(200, 201, 100), [6, 9]);
  assert.deepEqual(grid.between(200, 900, 7), [6, 7], 'to the end');
  assert.deepEqual(grid.between(-500, -100, 7), [0, 0], 'above it');
  assert.deepEqual(grid.between(900, 1000, 7), [7, 7], 'below it');
});

/** A page that is 100 pixels high, with a list of entries of 50. */
function page(t) {
  const element = () => ({ dataset: {}, style: {}, setAttribute() {}, remove() {} });
  const list = {
    ...element(), top: 0, firstElementChild: null, clientWidth: 100,
    addEventListener() {}, contains: () => false, insertBefore() {}, replaceChildren() {},
    getBoundingClientRect: () => ({ top: list.top }),
  };
  const style = { gridTemplateColumns: '100px', getPropertyValue: (name) => (name === '--entry-extent' ? '50' : '0') };
  const had = {};
  const stand = {
    window: new EventTarget(), document: { activeElement: null }, innerHeight: 100, getComputedStyle: () => style,
    requestAnimationFrame: () => 1, cancelAnimationFrame() {},
    ResizeObserver: class {
      observe() {}
      disconnect() {}
    },
  };
  for (const name of Object.keys(stand)) had[name] = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.assign(globalThis, stand);
  t.after(() => {
    for (const [name, was] of Object.entries(had)) was ? Object.defineProperty(globalThis, name, was) : delete globalThis[name];
  });
  const rows = [];
  const build = () => {
    const row = { element: element(), shown: [], released: 0, update: ({ path }) => row.shown.push(path), release: () => row.released++ };
    rows.push(row);
    return row;
  };
  return { list, rows, build };
}

test('a row that was out of view is brought up to date when it comes back', (t) => {
  const { list, rows, build } = page(t);
  const items = [{ path: '0' }];
  const virtual = new VirtualList(list, build);
  virtual.show(items);
  assert.deepEqual(rows.map(({ shown }) => shown), [['0']]);
  virtual.show([]);
  virtual.show(items);
  assert.deepEqual(rows.map(({ shown }) => shown), [['0']], 'as it was');
  virtual.show([]);
  virtual.refresh();
  virtual.show(items);
  assert.deepEqual(rows.map(({ shown }) => shown), [['0', '0']]);
});

test('what rows hold is let go with the list, also of those out of view', (t) => {
  const { list, rows, build } = page(t);
  const virtual = new VirtualList(list, build);
  virtual.show([{ path: 'a' }, { path: 'b' }]);
  virtual.show([{ path: 'b' }]);
  virtual.destroy();
  assert.deepEqual(rows.map(({ released }) => released), [1, 1]);
});
