// <vod-player src="percent-encoded/path.mp4" start="seconds" name="what to call it">: plays one film of this server.

import { Controls } from './controls.js';
import { make } from './dom.js';
import { icon } from './icons.js';
import { PASSING, Session } from './session.js';
import { hasMediaSource } from './source.js';
import { withToken } from './token.js';

const BASE = new URL('..', import.meta.url);

/**
 * Attributes: `src` the film's percent-encoded path, `start` seconds to begin at, `name` for screen readers, `token` of
 * a signed link if there is no other way in, `download` where the file itself may be fetched.
 * Shows by attributes of its own: `playing`, `waiting`, `idle`, `failed`, `sound-only`.
 * Events: `vod-open` (detail: the server's `open` message), `vod-failed` (detail: {sentence}).
 * `stats` is a snapshot of what was received; `video` the media element.
 */
export class VodPlayer extends HTMLElement {
  #session = null;
  #controls = null;
  #stats = {};
  #parts = {};
  #listening = null;
  video = null;

  connectedCallback() {
    this.#listening = new AbortController();
    this.#build();
    this.#bind();
    this.load({ at: Number(this.getAttribute('start')) || 0 });
  }

  disconnectedCallback() {
    this.#listening.abort();
    this.#stop();
    this.#controls.destroy();
    this.video.removeAttribute('src');
    this.video.load();
    this.replaceChildren();
  }

  get stats() {
    return this.#session?.stats ?? this.#stats;
  }

  /** Acts on a key press that reached the page elsewhere; true when it meant something here. */
  handleKey(event) {
    return this.#controls.handleKey(event);
  }

  /** Plays from `at` seconds on; with `tracks`, those only. */
  load({ at = 0, tracks = null, soundOnly = false } = {}) {
    this.#stop();
    this.removeAttribute('failed');
    this.#parts.failure.hidden = true;
    this.#say('');
    if (hasMediaSource()) this.#openSession({ at, tracks, soundOnly });
    else this.#openFile(at);
    this.#play();
  }

  #stop() {
    if (!this.#session) return;
    this.#stats = this.#session.stats;
    this.#session.destroy();
    this.#session = null;
  }

  #openSession(options) {
    const path = this.getAttribute('src');
    const url = (query) => {
      const address = new URL(`ws/${path}`, BASE);
      address.protocol = BASE.protocol === 'https:' ? 'wss:' : 'ws:';
      address.search = new URLSearchParams(query);
      return withToken(address, this.getAttribute('token')).href;
    };
    this.#session = new Session(this.video, url, {
      note: (sentence) => this.#say(sentence),
      trouble: (sentence) => this.#showTrouble(sentence),
      failed: (failure) => this.#fail(failure),
      opened: (open) => this.#onOpen(open),
      refused: () => whyRefused(path, this.getAttribute('token')),
    });
    this.#session.start(options);
  }

  #openFile(at) {
    if (!this.hasAttribute('download')) {
      this.#fail({ sentence: 'This browser cannot play films that come in pieces.', sound: [] });
      return;
    }
    this.video.src = this.#fileURL();
    if (at > 0) this.video.currentTime = at;
    const failed = () => this.#fail({ sentence: 'This browser cannot play this file.', sound: [] });
    this.video.addEventListener('error', failed, { once: true, signal: this.#listening.signal });
  }

  #fileURL() {
    return withToken(new URL(`media/${this.getAttribute('src')}`, BASE), this.getAttribute('token')).href;
  }

  /** With sound if the browser allows it, else muted with a way to turn it on, else by a button. */
  async #play() {
    const { big, unmute } = this.#parts;
    big.hidden = unmute.hidden = true;
    if (await this.#tryPlay()) return;
    this.video.muted = true;
    if (await this.#tryPlay()) {
      unmute.hidden = false;
      return;
    }
    this.video.muted = false;
    if (!this.hasAttribute('failed')) big.hidden = false;
  }

  async #tryPlay() {
    try {
      await this.video.play();
      return true;
    } catch (error) {
      // Anything else than a refusal (a new source, a pause by the viewer) is no reason to try otherwise.
      return error.name !== 'NotAllowedError';
    }
  }

  #onOpen(open) {
    const used = open.tracks.filter((track) => open.streams.some((stream) => stream.tracks.includes(track.id)));
    this.toggleAttribute('sound-only', !used.some((track) => track.kind === 'video'));
    this.dispatchEvent(new CustomEvent('vod-open', { detail: open, bubbles: true }));
  }

  #say(sentence) {
    this.#parts.note.textContent = sentence;
    this.#parts.note.hidden = !sentence;
  }

  #showTrouble(sentence) {
    this.#parts.trouble.textContent = sentence;
    this.#parts.trouble.hidden = !sentence;
  }

  #fail({ sentence, sound }) {
    const at = this.video.currentTime;
    this.#stop();
    this.video.pause();
    this.#showTrouble('');
    this.setAttribute('failed', '');
    this.removeAttribute('waiting');
    this.#parts.big.hidden = this.#parts.unmute.hidden = true;
    this.#parts.sentence.textContent = sentence;
    const actions = [make('button', { type: 'button', class: 'button', textContent: 'Try again', onclick: () => this.load({ at }) })];
    if (this.hasAttribute('download')) {
      actions.unshift(make('a', { class: 'button', href: this.#fileURL(), textContent: 'Open the original file' }));
    }
    if (sound.length > 0) {
      const play = () => this.load({ at, tracks: sound, soundOnly: true });
      actions.unshift(make('button', { type: 'button', class: 'button', textContent: 'Play the sound only', onclick: play }));
    }
    this.#parts.actions.replaceChildren(...actions);
    this.#parts.failure.hidden = false;
    this.dispatchEvent(new CustomEvent('vod-failed', { detail: { sentence }, bubbles: true }));
  }

  #build() {
    const p = this.#parts;
    this.video = make('video', { playsInline: true, preload: 'auto' });
    this.video.setAttribute('aria-label', this.getAttribute('name') ?? 'Film');
    this.#controls = new Controls(this, this.video);
    p.big = make('button', { type: 'button', class: 'big', hidden: true, 'aria-label': 'Play' }, icon('play'));
    p.unmute = make('button', { type: 'button', class: 'unmute', hidden: true }, icon('muted'), 'Turn the sound on');
    p.sentence = make('p');
    p.actions = make('div', { class: 'actions' });
    p.failure = make('div', { class: 'failure', role: 'alert', hidden: true }, p.sentence, p.actions);
    p.trouble = make('p', { class: 'trouble', role: 'status', hidden: true });
    p.note = make('p', { class: 'note', role: 'status', hidden: true });
    p.sound = make('div', { class: 'sound', 'aria-hidden': 'true' }, icon('audio'));
    p.spinner = make('div', { class: 'spinner', 'aria-hidden': 'true' });
    p.screen = make('div', { class: 'screen' }, this.video, p.sound, p.spinner, p.big, p.unmute, p.trouble, p.failure, this.#controls.element);
    this.replaceChildren(p.screen, p.note);
  }

  #bind() {
    const { signal } = this.#listening;
    const on = (target, names, handler) => {
      for (const name of names.split(' ')) target.addEventListener(name, handler, { signal });
    };
    on(this, 'keydown', (event) => this.handleKey(event));
    on(this.video, 'click', () => this.#onClick());
    on(this.video, 'dblclick', () => this.#controls.toggleFullScreen());
    on(this.#parts.big, 'click', () => this.#play());
    on(this.#parts.unmute, 'click', () => {
      this.video.muted = false;
    });
    on(this.video, 'volumechange', () => {
      if (!this.video.muted) this.#parts.unmute.hidden = true;
    });
    on(this.video, 'play', () => {
      this.#parts.big.hidden = true;
    });
    on(this.video, 'waiting seeking loadstart', () => this.setAttribute('waiting', ''));
    on(this.video, 'playing seeked canplay ended pause', () => this.removeAttribute('waiting'));
  }

  #onClick() {
    // On a touch screen the first tap only brings the controls back.
    const touch = matchMedia('(hover: none)').matches;
    if (touch && this.hasAttribute('idle')) this.#controls.wake();
    else this.#controls.togglePlay();
  }
}

/** What the server says against the film, or "" when it says nothing or cannot be reached. */
async function whyRefused(path, token) {
  try {
    const response = await fetch(withToken(new URL(`api/info/${path}`, BASE), token));
    const answer = await response.json();
    if (response.ok) return answer.state === 'invalid' ? answer.reason : '';
    return response.status < 500 && !PASSING.includes(answer.error.code) ? answer.error.message : '';
  } catch {
    return '';
  }
}

if (!customElements.get('vod-player')) customElements.define('vod-player', VodPlayer);
