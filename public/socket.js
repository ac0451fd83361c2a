// Opening WebSockets: the only module that does.

import { SUBPROTOCOL } from './messages.js';

const KINDS = ['open', 'message', 'close'];

// Shared by all copies of this module that a page has: {ahead: {url, socket, events} or null, late}. `late`: who would have
// used the socket that is opened ahead has begun without.
const shared = (globalThis[Symbol.for('vodsrv.socket')] ??= { ahead: null, late: false });

/** Opens a socket ahead of who will use it; what it says meanwhile is kept. */
export function openAhead(url, WebSocketClass = globalThis.WebSocket) {
  if (shared.late) return;
  const socket = open(url, WebSocketClass);
  const events = [];
  for (const kind of KINDS) socket[`on${kind}`] = (event) => events.push([kind, event]);
  shared.ahead = { url, socket, events };
}

/**
 * Opens a socket with the handlers {open, message, close}, or goes on with the one that was opened ahead for the same
 * URL: the handlers then hear at once what it said.
 */
export function openSocket(url, handlers, WebSocketClass = globalThis.WebSocket) {
  const ahead = shared.ahead?.url === url ? shared.ahead : null;
  if (shared.ahead && !ahead) closeSocket(shared.ahead.socket);
  Object.assign(shared, { ahead: null, late: true });
  const socket = ahead?.socket ?? open(url, WebSocketClass);
  for (const kind of KINDS) socket[`on${kind}`] = handlers[kind];
  return { socket, hear: () => ahead?.events.splice(0).forEach(([kind, event]) => socket[`on${kind}`]?.(event)) };
}

export function closeSocket(socket) {
  for (const kind of KINDS) socket[`on${kind}`] = null;
  socket.close();
}

function open(url, WebSocketClass) {
  const socket = new WebSocketClass(url, SUBPROTOCOL);
  socket.binaryType = 'arraybuffer';
  return socket;
}
