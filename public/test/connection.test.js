import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Connection, retryWait } from '../connection.js';
import { CLIENT_MESSAGES, parseMessage, pauseMessage, playMessage, reportMessage, seekMessage, tracksMessage } from '../messages.js';

class FakeWebSocket {
  static made = [];
  readyState = 0;
  sent = [];
  closed = false;

  constructor(url, protocol) {
    Object.assign(this, { url, protocol });
    FakeWebSocket.made.push(this);
  }

  open() {
    this.readyState = 1;
    this.onopen();
  }

  receive(data) {
    this.onmessage({ data: data instanceof ArrayBuffer ? data : JSON.stringify(data) });
  }

  break() {
    this.readyState = 3;
    this.onclose();
  }

  send(text) {
    this.sent.push(text);
  }

  close() {
    this.closed = true;
  }
}

function setUp(t, { again = true, shown = false } = {}) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  FakeWebSocket.made = [];
  const got = [];
  let tries = 0;
  const beginnings = [];
  const page = new EventTarget();
  class FakeBeginning extends FakeWebSocket {
    oneWay = true;

    constructor(url) {
      super(url);
      beginnings.push(FakeWebSocket.made.pop());
    }
  }
  const connection = new Connection((route) => `ws://x/${route}?try=${tries++}`, {
    message: (message, bytes) => got.push(bytes ? [message.type, bytes.byteLength] : [message.type]),
    begun: () => got.push(['begun']),
    shown: () => shown,
    closed: (opened) => {
      got.push(['closed', opened]);
      return again;
    },
    broken: (error) => got.push(['broken', error.message]),
  }, { WebSocketClass: FakeWebSocket, BeginningClass: FakeBeginning, random: () => 1, page });
  connection.start();
  t.after(() => connection.close());
  return { connection, got, page, newest: () => FakeWebSocket.made.at(-1), made: FakeWebSocket.made, beginnings };
}

test('waits double up to 5 s, and half of each is left to chance', () => {
  assert.deepEqual([0, 1, 2, 5, 6, 50].map((n) => retryWait(n, () => 1)), [100, 200, 400, 3200, 5000, 5000]);
  assert.equal(retryWait(1, () => 0), 100);
});

test('bytes come together with their announcement', (t) => {
  const { got, newest } = setUp(t);
  newest().open();
  assert.equal(newest().protocol, 'vodsrv.v1');
  newest().receive({ type: 'open' });
  newest().receive({ type: 'data', bytes: 3 });
  assert.deepEqual(got, [['open']]);
  newest().receive(new ArrayBuffer(3));
  assert.deepEqual(got, [['open'], ['data', 3]]);
});

test('what breaks the protocol ends the connection for good', (t) => {
  for (const messages of [[{ type: 'hello' }], [new ArrayBuffer(1)], [{ type: 'data', bytes: 2 }, new ArrayBuffer(1)]]) {
    t.mock.timers.reset();
    const { got, newest, made } = setUp(t);
    newest().open();
    for (const message of messages) newest().receive(message);
    assert.equal(got.at(-1)[0], 'broken');
    assert.equal(newest().closed, true);
    t.mock.timers.tick(10000);
    assert.equal(made.length, 1);
  }
});

test('a broken connection comes back with a fresh URL, ever more slowly until it is proven', (t) => {
  const { connection, got, newest, made } = setUp(t);
  newest().open();
  newest().break();
  assert.deepEqual(got, [['closed', true]]);
  t.mock.timers.tick(99);
  assert.equal(made.length, 1);
  t.mock.timers.tick(1);
  assert.equal(newest().url, 'ws://x/ws?try=1');
  newest().break();
  assert.deepEqual(got.at(-1), ['closed', false]);
  t.mock.timers.tick(199);
  assert.equal(made.length, 2);
  t.mock.timers.tick(1);
  assert.equal(made.length, 3);
  newest().open();
  connection.proven();
  newest().break();
  t.mock.timers.tick(100);
  assert.equal(made.length, 4);
});

test('closing stops the tries', (t) => {
  const { connection, newest, made } = setUp(t);
  newest().break();
  connection.close();
  t.mock.timers.tick(60000);
  assert.equal(made.length, 1);
});

test('no try where none is wanted', (t) => {
  const { connection, newest, made } = setUp(t, { again: false });
  newest().break();
  t.mock.timers.tick(60000);
  assert.equal(made.length, 1);
  assert.equal(connection.alive, false);
});

test('a socket that was given up is heard no more', (t) => {
  const { connection, got, made } = setUp(t);
  made[0].open();
  connection.start();
  assert.equal(made[0].closed, true);
  assert.equal(made[0].onmessage, null);
  assert.deepEqual(got, []);
});

test('the first messages come otherwise, and then it connects', (t) => {
  const { connection, got, made, beginnings } = setUp(t);
  connection.begin();
  assert.deepEqual([made[0].closed, made.length, beginnings[0].url], [true, 1, 'ws://x/begin?try=1']);
  assert.equal(connection.alive, false, 'nobody would hear what is sent');
  assert.equal(connection.listens, true);
  beginnings[0].onopen({});
  beginnings[0].receive({ type: 'open' });
  beginnings[0].onclose({ goOn: true });
  assert.deepEqual(got, [['open'], ['begun']]);
  connection.begin();
  beginnings[1].onopen({});
  beginnings[1].onclose({ goOn: false });
  assert.deepEqual(got.at(-1), ['closed', true]);
  assert.equal(connection.listens, false, 'until it tries again');
  t.mock.timers.tick(100);
  assert.equal(made.at(-1).url, 'ws://x/ws?try=3');
});

test('a page that is left has no connection, and one that is come back to connects anew', (t) => {
  const { connection, got, page, newest, made } = setUp(t);
  newest().open();
  page.dispatchEvent(new Event('pagehide'));
  assert.equal(newest().closed, true);
  assert.deepEqual([made.length, got], [1, [['closed', true]]], 'a fragment may have been cut short');
  page.dispatchEvent(new Event('pageshow'));
  assert.equal(newest().url, 'ws://x/ws?try=1');
  page.dispatchEvent(new Event('pageshow'));
  assert.equal(made.length, 2);
  connection.close();
  page.dispatchEvent(new Event('pagehide'));
  page.dispatchEvent(new Event('pageshow'));
  assert.equal(made.length, 2);
});

for (const [when, handlers] of Object.entries({ 'all was sent': { again: false }, 'it was seen to otherwise': { shown: true } })) {
  test(`a page that is come back to when ${when} needs no connection`, (t) => {
    const { page, newest, made } = setUp(t, handlers);
    newest().open();
    page.dispatchEvent(new Event('pagehide'));
    page.dispatchEvent(new Event('pageshow'));
    assert.equal(made.length, 1);
  });
}

test('a connection that waits to be tried again is tried at once when the machine is online, or the page shown', (t) => {
  const { page, newest, made } = setUp(t);
  newest().break();
  page.dispatchEvent(new Event('online'));
  assert.equal(made.length, 2);
  newest().break();
  page.dispatchEvent(new Event('pagehide'));
  t.mock.timers.tick(60000);
  assert.equal(made.length, 2);
  page.dispatchEvent(new Event('pageshow'));
  assert.equal(made.length, 3);
});

test('only an open socket is sent to', (t) => {
  const { connection, newest } = setUp(t);
  assert.equal(connection.send(pauseMessage()), false);
  newest().open();
  assert.equal(connection.send(pauseMessage()), true);
  assert.deepEqual(newest().sent, ['{"type":"pause"}']);
});

test('every message a client can send has its maker', () => {
  const made = [seekMessage(1, 2), tracksMessage(1, [2], 3), pauseMessage(), playMessage(1), reportMessage(0, 1, 2, 3)];
  assert.deepEqual(made.map(({ type }) => type), CLIENT_MESSAGES);
});

test('text that is no message is refused in words', () => {
  assert.throws(() => parseMessage('{'), /not JSON/);
  assert.throws(() => parseMessage('null'), /does not know/);
  assert.throws(() => parseMessage('{"type":"seek"}'), /“seek”/);
});
