// What the server sends first, fetched over HTTP: a page has it one round trip after it knows the film, and what comes over
// a WebSocket after three.

const LINE_FEED = 10;

/** Asks for the first messages: {url, response, stop}, a promise and what ends it. */
export function fetchBeginning(url) {
  const stop = new AbortController();
  const response = fetch(url, { signal: stop.signal });
  // Whoever takes it sees for himself.
  response.catch(() => {});
  return { url, response, stop };
}

/**
 * Is heard like a WebSocket, but takes nothing in: `oneWay`. It closes behind the last of the first segments, or when it
 * broke off; `goOn` of that event says that nothing was left incomplete.
 */
export class Beginning {
  onopen = null;
  onmessage = null;
  onclose = null;
  readyState = 0;
  oneWay = true;
  #stop;

  /** `early`, as fetchBeginning() answers it, may be there already; it is of use where it is of the same URL. */
  constructor(url, early = null) {
    const fetched = early?.url === url ? early : fetchBeginning(url);
    if (fetched !== early) early?.stop.abort();
    this.#stop = fetched.stop;
    this.#hear(fetched.response);
  }

  close() {
    this.#stop.abort();
  }

  async #hear(fetched) {
    let opened = false;
    let whole = false;
    try {
      const response = await fetched;
      if (response.ok) {
        opened = true;
        this.onopen?.({});
        await this.#read(response.body.getReader());
        whole = true;
      }
    } catch {
      // It broke off, or was given up.
    }
    if (!this.#stop.signal.aborted) this.onclose?.({ goOn: whole || !opened });
  }

  async #read(reader) {
    const messages = new Messages((data) => this.onmessage?.({ data }));
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      messages.take(value);
    }
  }
}

/** Takes bytes as they come, and hands out messages: lines of text, and behind those that announce bytes an ArrayBuffer. */
export class Messages {
  #deliver;
  #decoder = new TextDecoder();
  #line = '';
  #announced = null;
  #filled = 0;

  constructor(deliver) {
    this.#deliver = deliver;
  }

  take(chunk) {
    for (let rest = chunk; rest.length > 0; ) rest = this.#announced ? this.#fill(rest) : this.#readLine(rest);
  }

  #readLine(chunk) {
    const end = chunk.indexOf(LINE_FEED);
    this.#line += this.#decoder.decode(end < 0 ? chunk : chunk.subarray(0, end), { stream: end < 0 });
    if (end < 0) return chunk.subarray(chunk.length);
    const line = this.#line;
    this.#line = '';
    const { type, bytes } = JSON.parse(line);
    if (type === 'data') this.#announced = new Uint8Array(bytes);
    this.#filled = 0;
    this.#deliver(line);
    return chunk.subarray(end + 1);
  }

  #fill(chunk) {
    const piece = chunk.subarray(0, this.#announced.length - this.#filled);
    this.#announced.set(piece, this.#filled);
    this.#filled += piece.length;
    if (this.#filled === this.#announced.length) {
      const { buffer } = this.#announced;
      this.#announced = null;
      this.#deliver(buffer);
    }
    return chunk.subarray(piece.length);
  }
}
