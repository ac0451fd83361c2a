import assert from 'node:assert/strict';
import { test } from 'node:test';

class FakeWebSocket {
  static made = [];
  closed = false;

  constructor(url) {
    this.url = url;
    FakeWebSocket.made.push(this);
  }

  close() {
    this.closed = true;
  }
}

/** The module as a page has it that was just opened. */
async function fresh(name) {
  FakeWebSocket.made = [];
  delete globalThis[Symbol.for('vodsrv.socket')];
  return import(`../socket.js?${name}`);
}

function handlers(heard) {
  return { open: () => heard.push('open'), message: ({ data }) => heard.push(data), close: () => heard.push('close') };
}

test('who uses a socket that was opened ahead hears all that it said, in order', async () => {
  const { openAhead, openSocket } = await fresh('used');
  openAhead('ws://x/?t=0', FakeWebSocket);
  const [socket] = FakeWebSocket.made;
  socket.onopen();
  socket.onmessage({ data: 'one' });
  const heard = [];
  const used = openSocket('ws://x/?t=0', handlers(heard), FakeWebSocket);
  assert.equal(used.socket, socket);
  assert.deepEqual(heard, [], 'not before the caller is ready');
  used.hear();
  socket.onmessage({ data: 'two' });
  assert.deepEqual(heard, ['open', 'one', 'two']);
  assert.equal(openSocket('ws://x/?t=0', handlers([]), FakeWebSocket).socket, FakeWebSocket.made[1], 'it is used once');
});

test('a socket that was opened ahead for another place is closed', async () => {
  const { openAhead, openSocket } = await fresh('elsewhere');
  openAhead('ws://x/?t=0', FakeWebSocket);
  const { socket } = openSocket('ws://x/?t=5', handlers([]), FakeWebSocket);
  assert.equal(socket.url, 'ws://x/?t=5');
  assert.deepEqual(FakeWebSocket.made.map(({ closed }) => closed), [true, false]);
});

test('nothing is opened ahead for one who was faster', async () => {
  const { openAhead, openSocket } = await fresh('late');
  openSocket('ws://x/?t=0', handlers([]), FakeWebSocket);
  openAhead('ws://x/?t=0', FakeWebSocket);
  assert.equal(FakeWebSocket.made.length, 1);
});

test('who gives up amid what was kept hears no more of it', async () => {
  const { closeSocket, openAhead, openSocket } = await fresh('given up');
  openAhead('ws://x/', FakeWebSocket);
  for (const data of ['one', 'two']) FakeWebSocket.made[0].onmessage({ data });
  const heard = [];
  const used = openSocket('ws://x/', { ...handlers(heard), message: ({ data }) => heard.push(data) && closeSocket(used.socket) }, FakeWebSocket);
  used.hear();
  assert.deepEqual(heard, ['one']);
});

test('what a session tells is kept until there is someone to tell', async () => {
  globalThis.customElements ??= { get() {} };
  const { Relay } = await import('../head-start.js');
  const relay = new Relay(['note', 'opened']);
  relay.note('a');
  relay.opened({ epoch: 0 });
  const told = [];
  relay.connect({ note: (text) => told.push(text), opened: ({ epoch }) => told.push(epoch) });
  relay.note('b');
  assert.deepEqual(told, ['a', 0, 'b']);
});
