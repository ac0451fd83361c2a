// One FIFO of operations for one SourceBuffer. Only source.js uses it.

// What an operation answers that ends without an event.
const DONE = true;

/**
 * A SourceBuffer takes one operation at a time and says so by `updateend`; this queue holds the others back.
 *
 * Hooks:
 *   evict()          asked when the buffer is full: the time up to which may be removed, or null when nothing may
 *   changed()        after each operation, before the next one starts
 *   failed(e, kind)  an operation threw or reported an error: "append" (the bytes are lost), "remove" …
 *
 * Bytes can be queued before the SourceBuffer exists; attach() then starts the queue.
 */
export class BufferQueue {
  #hooks;
  #buffer = null;
  #pending = [];
  #running = null;
  #full = false;
  #held = false;
  #bare = true; // nothing was appended since all was removed

  constructor(hooks) {
    this.#hooks = hooks;
  }

  attach(sourceBuffer) {
    this.#buffer = sourceBuffer;
    sourceBuffer.addEventListener('updateend', this.#onUpdateEnd);
    sourceBuffer.addEventListener('error', this.#onError);
    this.#next();
  }

  get buffer() {
    return this.#buffer;
  }

  /** No operation is under way, so the attributes of the MediaSource may be written. */
  get atRest() {
    return this.#running === null;
  }

  get empty() {
    return this.#running === null && this.#pending.length === 0;
  }

  /** The first bytes in line did not fit, and nothing could be removed for them. */
  get full() {
    return this.#full;
  }

  /** Resolves to true when the bytes were appended, to false when they were thrown away. */
  append(bytes) {
    return this.#push('append', (buffer) => {
      this.#bare = false;
      buffer.appendBuffer(bytes);
    });
  }

  remove(start, end) {
    const all = start === 0 && end === Infinity;
    return this.#push('remove', (buffer) => {
      // It would cost a turn of the event loop all the same.
      if (all && this.#bare) return DONE;
      buffer.remove(start, end);
      this.#bare ||= all;
    });
  }

  changeType(mime) {
    return this.#push('changeType', (buffer) => {
      buffer.changeType(mime);
      return DONE;
    });
  }

  /** Of what is appended behind it, only what lies after `start` seconds is taken, until the next reset. */
  takeFrom(start) {
    return this.#push('takeFrom', (buffer) => {
      buffer.appendWindowStart = start;
      return DONE;
    });
  }

  /** Throws away what is queued or being appended, then forgets the start of a cut fragment. */
  reset() {
    this.#drop();
    // Bytes being appended are stopped at once; a removal cannot be (MSE: abort() throws), and is waited for.
    if (this.#running?.kind === 'append') {
      this.#running.dropped = true;
      abortParser(this.#buffer);
    }
    return this.#push('abort', abortParser);
  }

  /** Keeps appends back while the browser does not want them (ManagedMediaSource). */
  hold(held) {
    this.#held = held;
    if (!held) this.#next();
  }

  /** Tries again what did not fit, now that the playhead has moved. */
  retry() {
    if (!this.#full) return;
    this.#full = false;
    this.#next();
  }

  close() {
    this.#drop();
    if (!this.#buffer) return;
    this.#buffer.removeEventListener('updateend', this.#onUpdateEnd);
    this.#buffer.removeEventListener('error', this.#onError);
    this.#running?.resolve(false);
    this.#running = null;
    this.#buffer = null;
  }

  #push(kind, run) {
    return new Promise((resolve) => {
      this.#pending.push({ kind, run, resolve, dropped: false });
      this.#next();
    });
  }

  #drop() {
    this.#full = false;
    for (const operation of this.#pending.splice(0)) operation.resolve(false);
  }

  #next() {
    while (this.#buffer && !this.#running && !this.#full && this.#pending.length > 0) {
      if (this.#held && this.#pending[0].kind === 'append') return;
      this.#start(this.#pending.shift());
    }
  }

  #start(operation) {
    this.#running = operation;
    let done;
    try {
      done = operation.run(this.#buffer);
    } catch (error) {
      if (operation.kind === 'append' && error.name === 'QuotaExceededError') {
        this.#makeRoom(operation);
        return;
      }
      operation.dropped = true;
      this.#finish();
      this.#fail(error, operation.kind);
      return;
    }
    if (done) this.#finish();
  }

  #makeRoom(operation) {
    this.#running = null;
    this.#pending.unshift(operation);
    const end = this.#hooks.evict();
    if (end === null) {
      this.#full = true;
      return;
    }
    this.#pending.unshift({ kind: 'remove', run: (buffer) => buffer.remove(0, end), resolve() {}, dropped: false });
  }

  #finish() {
    const operation = this.#running;
    this.#running = null;
    operation.resolve(!operation.dropped);
    this.#hooks.changed();
  }

  #onUpdateEnd = () => {
    if (!this.#running) return;
    this.#finish();
    this.#next();
  };

  #onError = () => {
    // Only appends end so (MSE, 3.5.5), and updateend follows.
    if (this.#running) this.#running.dropped = true;
    this.#fail(new Error('The browser refused a fragment.'), 'append');
  };

  /** Tells of a failure when who asked for the operation is done: the answer may be to close this queue. */
  #fail(error, kind) {
    queueMicrotask(() => this.#buffer && this.#hooks.failed(error, kind));
  }
}

function abortParser(buffer) {
  try {
    buffer.abort();
  } catch (error) {
    // Once all is sent (readyState "ended") abort() throws; no fragment is cut short then.
    if (error.name !== 'InvalidStateError') throw error;
  }
  return DONE;
}
