// Files that are dropped onto the list, or chosen: sent one after the other, with a line for each.

import { make } from './dom.js';
import { byteSize } from './format.js';
import { icon } from './icons.js';
import { anotherName, KnownUploads, sendByRequest, Upload } from './upload.js';

const TAKEN = '.mp4,.m4v,.m4a,.m4b,.mov,.f4v,.cmfv,.cmfa,.3gp,.3g2,.srt,.vtt';

export class UploadPanel {
  #folder;
  #known;
  #lines = new Map(); // by Upload
  #waiting = [];
  #running = false;
  #title = make('h2', { textContent: 'Uploads' });
  #list = make('ul', { role: 'list' });
  #close = make('button', { type: 'button', class: 'plain', textContent: 'Close' });
  // What is shown changes many times a second, which is no way to talk to somebody.
  #voice = make('p', { class: 'unseen', role: 'status' });
  #panel = make('section', { class: 'uploads', hidden: true, 'aria-label': 'Uploads' });

  /** `folder` is the percent-encoded path of the folder that files go into, `base` the URL of the server's root. */
  constructor(folder, base) {
    this.#folder = new URL(`api/upload/${folder ? `${folder}/` : ''}`, base).href;
    this.#known = new KnownUploads(storage(), `vodsrv.uploads ${new URL(base).pathname}`);
    this.#panel.append(make('header', {}, this.#title, this.#close), this.#list, this.#voice);
    this.#close.addEventListener('click', () => this.#clear());
    document.body.append(this.#panel);
    this.#takeDrops();
    window.addEventListener('beforeunload', (event) => {
      if (this.#running) event.preventDefault();
    });
  }

  /** A button that lets one choose files. */
  button() {
    const input = make('input', { type: 'file', multiple: true, accept: TAKEN, hidden: true });
    const button = make('button', { type: 'button', class: 'quiet' }, icon('upload'), 'Upload');
    button.addEventListener('click', () => input.click());
    input.addEventListener('change', () => {
      this.add(input.files);
      input.value = '';
    });
    return make('span', {}, input, button);
  }

  add(files) {
    for (const file of files) {
      const upload = new Upload({
        file, folder: this.#folder, known: this.#known, send: sendByRequest, changed: (each) => this.#lines.get(each)?.show(),
      });
      const line = new UploadLine(upload, { again: () => this.#enqueue(upload), removed: () => this.#remove(upload), say: (text) => (this.#voice.textContent = text) });
      this.#lines.set(upload, line);
      this.#list.append(line.element);
      this.#enqueue(upload);
    }
    this.#panel.hidden = this.#lines.size === 0;
  }

  #enqueue(upload) {
    this.#waiting.push(upload);
    this.#next();
  }

  async #next() {
    if (this.#running) return;
    this.#running = true;
    this.#close.hidden = true;
    while (this.#waiting.length > 0) {
      const upload = this.#waiting.shift();
      this.#title.textContent = this.#waiting.length > 0 ? `Uploading, ${this.#waiting.length} more to come` : 'Uploading';
      if (upload.state !== 'cancelled') await upload.run();
    }
    this.#running = false;
    this.#title.textContent = 'Uploads';
    this.#close.hidden = false;
  }

  #remove(upload) {
    this.#lines.get(upload)?.element.remove();
    this.#lines.delete(upload);
    this.#panel.hidden = this.#lines.size === 0;
  }

  #clear() {
    for (const upload of [...this.#lines.keys()]) {
      if (upload.state !== 'done') upload.cancel();
      this.#remove(upload);
    }
  }

  #takeDrops() {
    let depth = 0;
    const show = (change) => {
      depth = Math.max(0, depth + change);
      document.body.toggleAttribute('data-dropping', depth > 0);
    };
    const on = (name, act) => document.addEventListener(name, (event) => {
      if (event.dataTransfer?.types.includes('Files')) act(event);
    });
    on('dragenter', () => show(1));
    on('dragleave', () => show(-1));
    on('dragover', (event) => event.preventDefault());
    on('drop', (event) => {
      event.preventDefault();
      show(-Infinity);
      this.add(event.dataTransfer.files);
    });
  }
}

/** What is shown of one file. */
class UploadLine {
  #upload;
  #calls;
  #name = make('span', { class: 'name' });
  #bar = make('progress', { max: 1, value: 0 });
  #state = make('span', { class: 'state' });
  #said = '';
  #cancel = make('button', { type: 'button', class: 'plain' });
  #rename = null;
  element = make('li', { class: 'upload' });

  constructor(upload, calls) {
    this.#upload = upload;
    this.#calls = calls;
    this.#cancel.addEventListener('click', () => {
      upload.cancel();
      calls.removed();
    });
    this.element.append(this.#name, this.#bar, this.#state, this.#cancel);
    this.show();
  }

  show() {
    const { state, name, file, sent, message } = this.#upload;
    this.element.dataset.state = state;
    this.#name.textContent = name;
    this.#name.title = name;
    this.#bar.value = file.size > 0 ? sent / file.size : 1;
    this.#bar.ariaLabel = `${name}: how much is sent`;
    this.#bar.hidden = ['taken', 'failed', 'done'].includes(state);
    const text = {
      waiting: 'Waits',
      sending: `${byteSize(sent)} of ${byteSize(file.size)}`,
      retrying: `${message} It is tried again.`,
      taken: message || 'There is a file with this name already.',
      failed: message,
      done: `Done, ${byteSize(file.size)}`,
      cancelled: '',
    }[state];
    if (this.#state.textContent !== text) this.#state.textContent = text;
    this.#say(spoken(this.#upload, text));
    this.#cancel.textContent = state === 'done' || state === 'failed' ? 'Dismiss' : 'Cancel';
    this.#cancel.ariaLabel = `${this.#cancel.textContent}: ${name}`;
    if (state === 'taken') this.#askName(name);
    else this.#forgetName();
  }

  #say(text) {
    if (text === this.#said) return;
    this.#said = text;
    this.#calls.say(text);
  }

  #askName(name) {
    if (this.#rename) return;
    const input = make('input', { value: anotherName(name), required: true, 'aria-label': `Another name for ${name}` });
    this.#rename = make('form', {}, input, make('button', { class: 'plain', textContent: 'Use this name' }));
    this.#rename.addEventListener('submit', async (event) => {
      event.preventDefault();
      this.#forgetName();
      await this.#upload.rename(input.value.trim());
      this.#calls.again();
    });
    this.element.append(this.#rename);
  }

  #forgetName() {
    this.#rename?.remove();
    this.#rename = null;
  }
}

/** What is said of an upload to those who do not see it: what is sent by quarters; `text` is what is shown. Pure. */
export function spoken({ state, name, file, sent }, text) {
  if (state === 'waiting' || state === 'cancelled') return '';
  if (state !== 'sending') return `${name}: ${text}`;
  const quarters = file.size > 0 ? Math.floor((4 * sent) / file.size) : 4;
  return quarters < 1 ? `${name} is being sent.` : `${name}: ${quarters * 25} % sent`;
}

function storage() {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}
