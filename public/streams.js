// What is known of the streams that a source is fed with. Pure.

/**
 * A stream is {id, mime, tracks, epoch, next, replacing}: `epoch` in which it last started, with segment `first`; `next` the seq of the first
 * segment that is not whole, or null before anything came; `replacing` while another track takes the place of what is buffered:
 * {from, since, until} in seconds: the other is taken in after `from`, and was sent from `since` to `until`, which are null
 * before the first segment.
 */
export class Streams {
  #byId = new Map();

  /** Takes the streams of an `open` message. */
  set(streams, epoch) {
    this.#byId = new Map(streams.map((stream) => [stream.id, started(stream, epoch)]));
  }

  clear() {
    this.#byId.clear();
  }

  get size() {
    return this.#byId.size;
  }

  get(id) {
    return this.#byId.get(id);
  }

  [Symbol.iterator]() {
    return this.#byId.values();
  }

  /** The ids of the tracks that come, in the order of the streams. */
  get tracks() {
    return [...this].flatMap(({ tracks }) => tracks);
  }

  /** Whether exactly these tracks come. */
  carry(ids) {
    const { tracks } = this;
    return ids.length === tracks.length && ids.every((id) => tracks.includes(id));
  }

  /** The seqs to go on with after a connection broke, one for each stream; null when some stream has none. */
  get seqs() {
    // Streams that start in the same epoch start with the same segment.
    const began = new Map([...this].filter(({ first }) => first !== null).map(({ epoch, first }) => [epoch, first]));
    const seqs = [...this].map(({ next, epoch }) => next ?? began.get(epoch) ?? null);
    return seqs.length > 0 && seqs.every((seq) => seq !== null) ? seqs : null;
  }

  /** A stream starts anew. With `replaces`, what is buffered stays until it is replaced. False for a stream not known. */
  restart(stream, epoch, replaces = false) {
    const old = this.#byId.get(stream.id);
    if (!old) return false;
    Object.assign(old, started(stream, epoch), { tracks: stream.tracks ?? old.tracks });
    if (replaces) old.replacing = { from: 0, since: null, until: null };
    return true;
  }

  /** Some stream's buffer holds two tracks. */
  get replacing() {
    return [...this].some(({ replacing }) => replacing);
  }

  /** The stream that announced data belong to, or null when they are of an older epoch. */
  take(data) {
    const stream = this.#byId.get(data.stream);
    if (!stream || data.epoch < stream.epoch) return null;
    stream.first ??= data.seq;
    stream.next = data.kind === 'media' && data.last ? data.seq + 1 : data.seq;
    if (data.kind === 'media' && stream.replacing) {
      stream.replacing.since ??= data.start;
      if (data.last) stream.replacing.until = data.end;
    }
    return stream;
  }
}

function started({ id, mime, tracks }, epoch) {
  return { id, mime, tracks, epoch, first: null, next: null, replacing: null };
}
