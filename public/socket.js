// Opening WebSockets: the only module that does.

import { SUBPROTOCOL } from './messages.js';

const KINDS = ['open', 'message', 'close'];

export function openSocket(url, WebSocketClass = globalThis.WebSocket) {
  const socket = new WebSocketClass(url, SUBPROTOCOL);
  socket.binaryType = 'arraybuffer';
  return socket;
}

/** Has the handlers {open, message, close} hear what a socket says. */
export function hear(socket, handlers) {
  for (const kind of KINDS) socket[`on${kind}`] = handlers[kind] ?? null;
}

export function closeSocket(socket) {
  hear(socket, {});
  socket.close();
}
