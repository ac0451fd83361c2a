// The connection to the server: no other module sends or hears messages.

import { Beginning } from './beginning.js';
import { parseMessage } from './messages.js';
import { closeSocket, hear, openSocket } from './socket.js';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;

/** How long to wait before try number `attempt` (from 0): doubling, up to 5 s, each half of it left to chance. */
export function retryWait(attempt, random = Math.random) {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
  return full / 2 + (random() * full) / 2;
}

/**
 * A connection that comes back. Each try asks `url(route)` anew, since the place to go on from has moved meanwhile; the
 * route is "begin" or "ws".
 *
 * Handlers:
 *   message(m, bytes)   one message of the server; `bytes` (ArrayBuffer) for "data", in one piece with its announcement
 *   begun()             the first messages have come; start() gets those after them
 *   closed(opened)      a socket broke, could not be opened, or was given up as the page was left; answers whether to try again
 *   shown()             the page was left, and is there again; answers whether a connection was seen to
 *   broken(error)       the server spoke no language known here; the connection is closed for good
 */
export class Connection {
  #url;
  #handlers;
  #WebSocket;
  #Beginning;
  #early; // the first messages, asked for before
  #random;
  #page;
  #socket = null;
  #announced = null;
  #timer = null;
  #attempt = 0;
  #hidden = false; // the page was left, and can be come back to
  #left = false; // with a connection to go on with

  constructor(url, handlers, { WebSocketClass = globalThis.WebSocket, BeginningClass = Beginning, early = null, random = Math.random, page = globalThis } = {}) {
    this.#url = url;
    this.#handlers = handlers;
    this.#WebSocket = WebSocketClass;
    this.#Beginning = BeginningClass;
    this.#early = early;
    this.#random = random;
    this.#page = page;
    for (const [type, listener] of this.#listeners) page.addEventListener?.(type, listener);
  }

  /** Fetches the first messages. */
  begin() {
    this.#drop();
    const early = this.#early;
    this.#early = null;
    this.#hear(new this.#Beginning(this.#url('begin'), early));
  }

  /** Connects at once; a connection that stands is given up for a new one. */
  start() {
    this.#drop();
    this.#hear(openSocket(this.#url('ws'), this.#WebSocket));
  }

  #hear(socket) {
    this.#socket = socket;
    let opened = false;
    hear(socket, {
      open: () => {
        opened = true;
      },
      message: (event) => this.#onMessage(event.data),
      close: ({ goOn = false } = {}) => (goOn ? this.#onBegun() : this.#onClose(opened)),
    });
  }

  /** Sends a message if there is someone to send it to, and says whether. */
  send(message) {
    if (this.#socket?.readyState !== 1) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** A socket is open, or opening: who has something to say will be heard. */
  get alive() {
    return this.#socket !== null && !this.#socket.oneWay;
  }

  /** Something may come yet, if only the first messages. */
  get listens() {
    return this.#socket !== null;
  }

  /** The connection is of use: the next trouble starts with a short wait again. */
  proven() {
    this.#attempt = 0;
  }

  /** Gives up what stands, and tries again after a while. */
  retry() {
    this.#drop();
    this.#timer = setTimeout(() => this.start(), retryWait(this.#attempt++, this.#random));
  }

  close() {
    this.#drop();
    for (const [type, listener] of this.#listeners) this.#page.removeEventListener?.(type, listener);
  }

  #drop() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#announced = null;
    const socket = this.#socket;
    this.#socket = null;
    if (socket) closeSocket(socket);
  }

  #onMessage(data) {
    try {
      this.#read(data);
    } catch (error) {
      this.#drop();
      this.#handlers.broken(error);
    }
  }

  #read(data) {
    if (typeof data !== 'string') {
      const announced = this.#announced;
      if (announced?.bytes !== data.byteLength) throw new Error('The server sent bytes it did not announce.');
      this.#announced = null;
      this.#handlers.message(announced, data);
      return;
    }
    const message = parseMessage(data);
    if (message.type === 'data') this.#announced = message;
    else this.#handlers.message(message);
  }

  #onBegun() {
    this.#drop();
    this.#handlers.begun();
  }

  #onClose(opened) {
    this.#drop();
    if (this.#handlers.closed(opened)) this.retry();
  }

  #onOnline = () => {
    if (this.#timer !== null) this.start();
  };

  // A browser may keep a page that was left, and its socket with it: the server would go on sending, and count a viewer.
  #onHide = () => {
    this.#hidden = true;
    const stood = this.#socket !== null;
    const waited = this.#timer !== null;
    this.#drop();
    this.#left = stood ? this.#handlers.closed(true) : waited;
  };

  #onShow = () => {
    if (!this.#hidden) return;
    const goesOn = this.#left;
    this.#hidden = this.#left = false;
    if (!this.#handlers.shown() && goesOn) this.start();
  };

  #listeners = [['online', this.#onOnline], ['pagehide', this.#onHide], ['pageshow', this.#onShow]];
}
