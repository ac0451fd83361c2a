// Which segments are in the buffer, as far as is known: the browser may throw away what it was given. Pure.

const LENGTH = 10000;

/** An entry is {stream, seq, epoch, connection, start, end} of a segment that was appended whole; the newest 10,000 are kept. */
export class SegmentLog {
  #entries = [];
  #count = 0;

  add(entry) {
    this.#count++;
    this.#entries.push(entry);
    if (this.#entries.length > LENGTH) this.#entries.shift();
  }

  clear() {
    this.#entries = [];
    this.#count = 0;
  }

  /** How many there were, also those no longer kept. */
  get count() {
    return this.#count;
  }

  /** Copies of those kept, the oldest first. */
  get entries() {
    return this.#entries.map((entry) => ({ ...entry }));
  }

  /** Whether every one of the streams, [{id, epoch}], has what is due at a time since it last started. */
  covers(streams, time) {
    const holding = this.#entries.filter(({ start, end }) => start <= time && time < end);
    return [...streams].every(({ id, epoch }) => holding.some((entry) => entry.stream === id && entry.epoch === epoch));
  }
}
