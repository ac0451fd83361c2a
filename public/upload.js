// One file on its way to the server, by the tus protocol 1.0.0 (core, creation, termination): what breaks off is taken
// up again, also by a page that was loaded anew.

const CHUNK = 64 << 20;
const WAIT_MS = [1000, 2000, 4000, 8000, 15_000, 30_000];
const KNOWN = 100;

const HEADERS = { 'Tus-Resumable': '1.0.0' };
// Nobody is at fault: it goes on when the server, or the line, is there again.
const UNREADABLE = -1;
const passing = (status) => status === 0 || status === 408 || status === 423 || status === 429 || status >= 500 && status !== 507;

/** The addresses of unfinished uploads by what is sent, in something like localStorage. */
export class KnownUploads {
  #storage;
  #key;

  constructor(storage, key) {
    this.#storage = storage;
    this.#key = key;
  }

  get(what) {
    const { url = '' } = this.#read()[what] ?? {};
    return /^https?:\/\/\w/.test(url) ? url : '';
  }

  set(what, url) {
    const all = this.#read();
    all[what] = { url, at: Date.now() };
    const names = Object.keys(all).sort((a, b) => all[b].at - all[a].at);
    for (const old of names.slice(KNOWN)) delete all[old];
    this.#write(all);
  }

  forget(what) {
    const all = this.#read();
    delete all[what];
    this.#write(all);
  }

  #read() {
    try {
      const all = Object.entries(JSON.parse(this.#storage?.getItem(this.#key) ?? '{}'));
      return Object.fromEntries(all.filter(([, each]) => each?.url));
    } catch {
      return {};
    }
  }

  #write(all) {
    try {
      this.#storage?.setItem(this.#key, JSON.stringify(all));
    } catch {
      // This upload goes on only as long as the page is there.
    }
  }
}

/**
 * `state` is "waiting", "sending", "retrying", "taken" (the name: rename() goes on), "failed", "done" or "cancelled";
 * `sent` bytes of `file.size`; `message` a sentence that says why. `changed()` is called when any of them is another.
 */
export class Upload {
  #folder;
  #known;
  #send;
  #changed;
  #pause;
  #url = '';
  #asked = false; // the server said how much it has
  #stop = new AbortController();
  state = 'waiting';
  sent = 0;
  message = '';

  /**
   * `folder` is the address that uploads are made at; `known` the KnownUploads; `send(method, url, {headers, body,
   * progress, signal})` answers {status, header(name), message}; status 0 means that there was no answer. `pause(ms,
   * signal)` waits.
   */
  constructor({ file, folder, known, send, changed = () => {}, pause = wait }) {
    Object.assign(this, { file, name: file.name });
    this.#folder = folder;
    this.#known = known;
    this.#send = send;
    this.#changed = changed;
    this.#pause = pause;
  }

  get #what() {
    return [this.#folder, this.name, this.file.size, this.file.lastModified].join(' ');
  }

  get finished() {
    return ['done', 'failed', 'cancelled', 'taken'].includes(this.state);
  }

  /** Sends the file. Resolves when there is nothing more to be done, as `state` tells. */
  async run() {
    this.#set('sending');
    this.#url = this.#known.get(this.#what);
    let [failures, reached] = [0, 0];
    while (!this.finished) {
      const { status, message } = await this.#step();
      if (this.finished) break;
      if (status >= 200 && status < 300) continue;
      if (!passing(status)) {
        this.#refused(status, message);
        break;
      }
      failures = this.sent > reached ? 1 : failures + 1;
      reached = this.sent;
      this.#set('retrying', message || 'The server does not answer.');
      await this.#pause(WAIT_MS[Math.min(failures, WAIT_MS.length) - 1], this.#stop.signal);
      this.#asked = false;
    }
  }

  /** Goes on under another name, after `taken`. */
  async rename(name) {
    await this.#drop();
    this.name = name;
    this.sent = 0;
    this.#asked = false;
    this.#set('waiting');
  }

  /** Gives the file up; what was sent of it goes, too. */
  async cancel() {
    if (this.state === 'done') return;
    this.#set('cancelled');
    this.#stop.abort();
    await this.#drop();
  }

  async #step() {
    if (!this.#url) return this.#create();
    if (!this.#asked) return this.#ask();
    return this.#append();
  }

  async #create() {
    const answer = await this.#request('POST', this.#folder, {
      'Upload-Length': String(this.file.size),
      'Upload-Metadata': `filename ${base64(this.name)}`,
    });
    if (answer.status !== 201) return answer;
    this.#url = new URL(answer.header('Location'), this.#folder).href;
    this.#known.set(this.#what, this.#url);
    this.#asked = true;
    this.sent = 0;
    return answer;
  }

  /** How much of it is there already? */
  async #ask() {
    const answer = await this.#request('HEAD', this.#url);
    if ([403, 404, 410].includes(answer.status)) {
      this.#known.forget(this.#what);
      this.#url = '';
      return { status: 200 };
    }
    const offset = Number(answer.header?.('Upload-Offset') ?? NaN);
    if (answer.status !== 200 && answer.status !== 204) return answer;
    if (!(offset >= 0)) return { status: 0, message: '' };
    this.sent = offset;
    this.#asked = true;
    this.#set('sending');
    return answer;
  }

  async #append() {
    const from = this.sent;
    const answer = await this.#request('PATCH', this.#url, {
      'Upload-Offset': String(from),
      'Content-Type': 'application/offset+octet-stream',
    }, this.file.slice(from, from + CHUNK));
    if (answer.status === 204) {
      this.sent = Number(answer.header('Upload-Offset'));
      if (this.sent >= this.file.size) this.#finish();
      else this.#set('sending');
      return answer;
    }
    this.sent = from;
    // Browsers call it trouble of the line, too, when a file is another than the one that was chosen.
    if (answer.status === 0 && !this.#stop.signal.aborted && !(await isReadable(this.file))) {
      return { status: UNREADABLE, message: 'The file was changed or moved meanwhile. Choose it again.' };
    }
    if (answer.status === 404 || (answer.status === 409 && from < this.file.size && (await this.#moved(from)))) {
      this.#asked = false;
      return { status: 200 };
    }
    return answer;
  }

  /** Whether the server has more, or less, of the file than was thought: another page may have gone on with it. */
  async #moved(from) {
    const answer = await this.#request('HEAD', this.#url);
    const offset = Number(answer.header?.('Upload-Offset') ?? NaN);
    return answer.status < 300 && offset >= 0 && offset !== from && offset < this.file.size;
  }

  #request(method, url, headers = {}, body = null) {
    const from = this.sent;
    const progress = (bytes) => {
      if (this.finished) return;
      this.sent = from + bytes;
      this.#set('sending');
    };
    return this.#send(method, url, { headers: { ...HEADERS, ...headers }, body, progress, signal: this.#stop.signal });
  }

  #finish() {
    this.#known.forget(this.#what);
    this.#set('done');
  }

  #refused(status, message) {
    if (status === 409) return this.#set('taken', message);
    if (status === 422) this.#known.forget(this.#what);
    this.#set('failed', message || `The server refuses the file (${status}).`);
  }

  async #drop() {
    this.#known.forget(this.#what);
    const url = this.#url;
    this.#url = '';
    if (url) await this.#send('DELETE', url, { headers: HEADERS });
  }

  #set(state, message = '') {
    this.state = state;
    this.message = message;
    this.#changed(this);
  }
}

/** Whether the browser still gives out what is in a file. */
async function isReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** Waits, but not longer than until the line is there again. */
function wait(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    for (const [target, name] of [[globalThis, 'online'], [signal, 'abort']]) {
      target.addEventListener?.(name, () => {
        clearTimeout(timer);
        resolve();
      }, { once: true });
    }
  });
}

/** Sends by XMLHttpRequest, which tells how far it is. */
export function sendByRequest(method, url, { headers = {}, body = null, progress, signal } = {}) {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve({ status: 0, header: () => null, message: '' });
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    if (progress && body) request.upload.onprogress = ({ loaded }) => progress(loaded);
    request.onloadend = () => resolve({
      status: request.status,
      header: (name) => request.getResponseHeader(name),
      message: messageOf(request.responseText),
    });
    signal?.addEventListener('abort', () => request.abort(), { once: true });
    request.send(body);
  });
}

function messageOf(text) {
  try {
    return JSON.parse(text).error?.message ?? '';
  } catch {
    return '';
  }
}

/** "film (2).mp4" for "film.mp4", "film (3).mp4" for "film (2).mp4". */
export function anotherName(name) {
  const dot = name.lastIndexOf('.');
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  const numbered = / \((\d+)\)$/.exec(stem);
  const number = numbered ? Number(numbered[1]) + 1 : 2;
  return `${numbered ? stem.slice(0, numbered.index) : stem} (${number})${ending}`;
}
