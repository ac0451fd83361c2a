import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { FolderFeed } from '../folder-feed.js';

const entry = (name, more = {}) => ({ name, path: name, kind: 'video', ...more });
const names = (feed) => [...feed.entries.keys()].join(' ');

let streams;
let requests; // {url, answer(body), refuse()}, the oldest first
let waiting; // who waits for the next request

class FakeEventSource extends EventTarget {
  constructor(url) {
    super();
    this.url = new URL(url);
    streams.push(this);
  }

  close() {
    this.closed = true;
  }

  tell(name, data) {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }));
  }
}

function fakeFetch(url, { signal }) {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
    const request = {
      url: new URL(url),
      signal,
      answer: (body) => resolve({ ok: true, json: async () => body }),
      refuse: (status = 400) => resolve({ ok: false, status }),
    };
    if (waiting) waiting(request);
    else requests.push(request);
    waiting = null;
  });
}

const nextRequest = () => requests.shift() ?? new Promise((resolve) => (waiting = resolve));

const real = { fetch: globalThis.fetch, EventSource: globalThis.EventSource };
beforeEach(() => {
  [streams, requests, waiting] = [[], [], null];
  Object.assign(globalThis, { fetch: fakeFetch, EventSource: FakeEventSource });
});
afterEach(() => Object.assign(globalThis, real));

function start(folder = '', query = {}) {
  const feed = new FolderFeed({ base: 'http://host/base/', folder, changed: () => feed.heard?.(), progress: () => {}, loggedOut: () => (feed.left = true) });
  feed.open({ q: '', sort: 'name', order: 'asc', ...query });
  streams[0].onopen();
  return feed;
}

/** Resolves when the feed has changed. */
const change = (feed) => new Promise((resolve) => (feed.heard = resolve));

test('the list is asked for page by page, and shown as it comes', async (t) => {
  const feed = start('a%20b', { sort: 'size', order: 'desc' });
  t.after(() => feed.sleep());
  assert.equal(streams[0].url.pathname + streams[0].url.search, '/base/api/events?folder=a%2520b');
  const first = await nextRequest();
  assert.equal(first.url.pathname + first.url.search, '/base/api/list/a%20b?sort=size&order=desc&limit=200');
  first.answer({ entries: [entry('a%20b/1')], total: 2, next: 'a%20b/1' });
  await change(feed);
  assert.deepEqual([names(feed), feed.total, feed.complete], ['a%20b/1', 2, false]);
  const second = await nextRequest();
  assert.equal(second.url.searchParams.get('after'), 'a%20b/1');
  second.answer({ entries: [entry('a%20b/2')], total: 2 });
  await change(feed);
  assert.deepEqual([names(feed), feed.total, feed.complete], ['a%20b/1 a%20b/2', 2, true]);
});

test('what is told while the list is on its way is newer than what it asked for before', async (t) => {
  const feed = start();
  t.after(() => feed.sleep());
  const first = await nextRequest();
  streams[0].tell('changed', [entry('1', { size: 2 })]);
  streams[0].tell('removed', ['2']);
  streams[0].tell('added', [entry('9', { size: 1 })]);
  first.answer({ entries: [entry('1', { size: 1 }), entry('2'), entry('3')], total: 4, next: '3' });
  await change(feed);
  assert.equal(feed.entries.get('1').size, 2);
  const second = await nextRequest();
  second.answer({ entries: [entry('9', { size: 5 })], total: 4 });
  await change(feed);
  assert.equal(names(feed), '1 3 9');
  assert.equal(feed.entries.get('9').size, 5, 'the page was asked for after that');
});

test('changes are taken in, but for those of other folders', async (t) => {
  const feed = start();
  t.after(() => feed.sleep());
  (await nextRequest()).answer({ entries: [entry('1')], total: 1 });
  await change(feed);
  streams[0].tell('added', [entry('2'), entry('deep/3')]);
  assert.equal(names(feed), '1 2');
  streams[0].tell('removed', ['1', 'deep']);
  assert.equal(names(feed), '2');
  assert.equal(feed.total, 1);
});

test('a search hears of all folders, and takes what matches', async (t) => {
  const feed = start('', { q: 'sea' });
  t.after(() => feed.sleep());
  assert.equal(streams[0].url.search, '');
  const request = await nextRequest();
  assert.equal(request.url.searchParams.get('q'), 'sea');
  request.answer({ entries: [], total: 0 });
  await change(feed);
  streams[0].tell('added', [{ ...entry('deep/Sea.mp4'), name: 'Sea.mp4' }, { ...entry('deep/x'), name: 'x' }]);
  assert.equal(names(feed), 'deep/Sea.mp4');
});

test('another search gives up the one before', async (t) => {
  const feed = start('', { q: 'a' });
  t.after(() => feed.sleep());
  const first = await nextRequest();
  feed.open({ q: 'ab', sort: 'name', order: 'asc' });
  assert.ok(first.signal.aborted && streams[0].closed);
  streams[1].onopen();
  const second = await nextRequest();
  assert.equal(second.url.searchParams.get('q'), 'ab');
  second.answer({ entries: [entry('ab')], total: 1 });
  await change(feed);
  assert.equal(names(feed), 'ab');
});

test('another order is asked for only while not all is there', async (t) => {
  const feed = start();
  t.after(() => feed.sleep());
  const first = await nextRequest();
  feed.open({ q: '', sort: 'size', order: 'asc' });
  assert.ok(first.signal.aborted);
  const second = await nextRequest();
  assert.equal(second.url.searchParams.get('sort'), 'size');
  second.answer({ entries: [entry('1')], total: 1 });
  await change(feed);
  feed.open({ q: '', sort: 'name', order: 'desc' });
  assert.equal(requests.length, 0);
  assert.ok(!streams[0].closed);
});

test('a refusal is told, what is shown stays', async (t) => {
  const feed = start();
  t.after(() => feed.sleep());
  (await nextRequest()).answer({ entries: [entry('1')], total: 1 });
  await change(feed);
  streams[0].onerror();
  (await nextRequest()).refuse();
  await change(feed);
  assert.deepEqual([names(feed), feed.failed, feed.left], ['1', true, undefined]);
});

test('who was logged out is told to log in', async (t) => {
  const feed = start();
  t.after(() => feed.sleep());
  (await nextRequest()).refuse(401);
  await change(feed);
  assert.ok(feed.left);
});

test('a stream of events that is closed for good is opened anew', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const feed = start();
  streams[0].readyState = 0;
  streams[0].onerror();
  t.mock.timers.tick(3000);
  assert.equal(streams.length, 1, 'the browser opens it by itself');
  streams[0].readyState = 2;
  streams[0].onerror();
  t.mock.timers.tick(3000);
  assert.equal(streams.length, 2);
  streams[1].readyState = 2;
  streams[1].onerror();
  feed.sleep();
  t.mock.timers.tick(3000);
  assert.equal(streams.length, 2, 'a page that sleeps opens none');
});
