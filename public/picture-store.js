// Pictures that were made once, kept by the browser: as many bytes as are allowed, those used last.

const NAME = 'vodsrv.pictures';
const MOST_BYTES = 48 << 20;
// That one was used is noted only now and then.
const NOTE_USE_MS = 24 * 3600e3;

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

const finished = (transaction) => new Promise((resolve, reject) => {
  transaction.oncomplete = () => resolve();
  transaction.onabort = transaction.onerror = () => reject(transaction.error);
});

export class PictureStore {
  #limit;
  #name;
  #opening = null;
  #notes = null; // by key: {key, bytes, used}, loaded once

  constructor(limit = MOST_BYTES, name = NAME) {
    this.#limit = limit;
    this.#name = name;
  }

  /** The Blob kept under a key, or null. */
  async get(key) {
    const db = await this.#open();
    if (!db) return null;
    try {
      const blob = await done(db.transaction('blobs').objectStore('blobs').get(key));
      // A note that is lost makes the picture one to give up sooner.
      if (blob) this.#noteUse(db, key).catch(() => {});
      return blob ?? null;
    } catch {
      return null;
    }
  }

  /** Keeps a Blob, if the browser has room for it. */
  async put(key, blob) {
    const db = await this.#open();
    if (!db) return;
    try {
      const notes = await this.#loadNotes(db);
      const note = { key, bytes: blob.size, used: Date.now() };
      notes.set(key, note);
      const t = db.transaction(['blobs', 'notes'], 'readwrite');
      t.objectStore('blobs').put(blob, key);
      t.objectStore('notes').put(note);
      for (const old of tooMany(notes, this.#limit)) {
        notes.delete(old);
        t.objectStore('blobs').delete(old);
        t.objectStore('notes').delete(old);
      }
      await finished(t);
    } catch {
      // It is made anew next time.
    }
  }

  #open() {
    this.#opening ??= open(this.#name).catch(() => null);
    return this.#opening;
  }

  async #loadNotes(db) {
    this.#notes ??= done(db.transaction('notes').objectStore('notes').getAll())
      .then((list) => new Map(list.map((note) => [note.key, note])));
    this.#notes.catch(() => (this.#notes = null));
    return this.#notes;
  }

  async #noteUse(db, key) {
    const note = (await this.#loadNotes(db)).get(key);
    if (!note || Date.now() - note.used < NOTE_USE_MS) return;
    note.used = Date.now();
    db.transaction('notes', 'readwrite').objectStore('notes').put(note);
  }
}

/** The keys to give up, those used longest ago, so that the others have at most `limit` bytes. Pure. */
export function tooMany(notes, limit) {
  let bytes = 0;
  for (const note of notes.values()) bytes += note.bytes;
  if (bytes <= limit) return [];
  const given = [];
  for (const { key, bytes: its } of [...notes.values()].sort((a, b) => a.used - b.used)) {
    // Some more than needed, so that not each new one costs an old one.
    if (bytes <= limit * 0.9) break;
    bytes -= its;
    given.push(key);
  }
  return given;
}

async function open(name) {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore('blobs');
    request.result.createObjectStore('notes', { keyPath: 'key' });
  };
  return done(request);
}
