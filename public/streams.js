// What is known of the streams that a source is fed with. Pure.

/**
 * A stream is {id, mime, tracks, epoch, next, replacing}: `epoch` in which it last started, with segment `first`; `next` the seq of the first
 * segment that is not whole, or null before anything came; `replacing` while another track takes the place of what is buffered:
 * {from, since, until} in seconds: the other is taken in after `from`, and was sent from `since` to `until`, which are null
 * before the first segment; `had` and `came` are bytes of the init segment and of the segment that is not whole: handed out in all,
 * and received on this connection; `unread` {count, start} are segments that were appended whole, from `start` seconds on, and left
 * the buffer without anything in it; null since it had something.
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

  /** A new connection sends the init segment, and the one that was cut short, from their beginnings again. */
  resume(stream, epoch) {
    Object.assign(this.#byId.get(stream.id), { epoch, came: nothing() });
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

  /** Announced media were appended; `held` when something of the stream is in the buffer then. */
  appended({ stream: id, start, last }, held) {
    const stream = this.#byId.get(id);
    if (!stream?.unread) return;
    if (held) stream.unread = null;
    else if (last) stream.unread = { count: stream.unread.count + 1, start: stream.unread.start ?? start };
  }

  /**
   * What of announced bytes was not handed out before, or null. A buffer that got an init segment again, or forgot the
   * start of a fragment, would wait for the next key frame (MSE, 3.5.2 and 3.5.7), which may be far: so it goes on with the
   * very byte that is next. The same segment of the same film is of the same bytes whoever sends it, and however often.
   */
  fresh({ stream: id, kind, last }, bytes) {
    const { had, came } = this.#byId.get(id);
    const known = Math.min(had[kind] - came[kind], bytes.byteLength);
    came[kind] += bytes.byteLength;
    had[kind] = Math.max(had[kind], came[kind]);
    if (kind === 'media' && last) had.media = came.media = 0;
    if (known === bytes.byteLength) return null;
    return known > 0 ? new Uint8Array(bytes, known) : bytes;
  }
}

function started({ id, mime, tracks }, epoch) {
  const unread = { count: 0, start: null };
  return { id, mime, tracks, epoch, first: null, next: null, replacing: null, had: nothing(), came: nothing(), unread };
}

const nothing = () => ({ init: 0, media: 0 });
