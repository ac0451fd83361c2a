// <vod-player src="percent-encoded/path.mp4" start="seconds" name="what to call it">: plays one film of vodsrv.

import { Autoplay } from './autoplay.js';
import { amendNames } from './chrome-names.js';
import { Commands } from './commands.js';
import { hide, make } from './dom.js';
import { Extras } from './extras.js';
import { takeBegun } from './head-start.js';
import { commandOf, focusedKind, keyOf } from './keys.js';
import { MediaKeys } from './media-session.js';
import { helpPanel, Panels } from './panels.js';
import { PLAYER } from './player-style.js';
import { buildView, nameFilm } from './player-view.js';
import { Preview } from './preview.js';
import { statisticsPanel } from './statistics.js';
import { WakeLock } from './wake-lock.js';
import './ws-video.js';

// The controls are large. They must not keep the first picture waiting, nor be kept waiting by it for long.
const CONTROLS_LATEST_MS = 500;
const controls = () => import('./vendor/media-chrome/all.js');

/**
 * Attributes: `src` the film, as Address takes it; `start` seconds to begin at; `name` its title; `token` of a signed
 * link if there is no other way in; `live` where `src` is the name of a live stream; `download` where the file itself may be fetched; `previous`, `next` where there are
 * such films; `paused` to begin at a standstill.
 * Shows by attributes of its own: `playing`, `waiting`, `idle`, `failed`, `sound-only`.
 * Events: `vod-open` (detail: the server's `open` message), `vod-info` (detail: what /api/info says), `vod-failed`
 * (detail: {sentence}), `vod-previous`, `vod-next`.
 * `stats` is a snapshot of what was received; `video` the media element; `media` the <ws-video> around it.
 * `preview`: an async function that answers a picture (Blob or URL) for a time, or null; without it, key frames are shown.
 */
export class VodPlayer extends HTMLElement {
  #view = null;
  #commands = null;
  #panels = null;
  #keys = null;
  #extras = null;
  #autoplay = null;
  #wakeLock = new WakeLock();
  #listening = null;
  #at = null; // where it plays, or is to begin; null for where the attribute says
  preview = null;

  static observedAttributes = ['src', 'name', 'previous', 'next'];

  constructor() {
    super();
    this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [PLAYER];
  }

  connectedCallback() {
    if (!this.hasAttribute('tabindex')) this.tabIndex = -1;
    this.#listening = new AbortController();
    this.#build();
    this.#bind();
    this.#loadControls();
    this.load({ at: this.#at ?? (Number(this.getAttribute('start')) || 0) });
  }

  disconnectedCallback() {
    // It may be about to stand elsewhere in the page.
    this.#keepPlace();
    this.#listening.abort();
    this.#panels.closeAll();
    this.#keys.release();
    this.#wakeLock.want(false);
    this.shadowRoot.replaceChildren();
    this.#view = null;
  }

  attributeChangedCallback(name, old, value) {
    if (old === value) return;
    if (!this.#view) {
      if (name === 'src') this.#at = null;
      return;
    }
    if (name === 'src') this.load({ at: 0 });
    else if (name === 'name') nameFilm(this.#view, value);
    else this.#showSteps();
  }

  get media() {
    return this.#view?.media ?? null;
  }

  get video() {
    return this.media?.nativeEl ?? null;
  }

  get stats() {
    return this.media?.stats ?? {};
  }

  /** What /api/info said of the film, or null. */
  get info() {
    return this.#extras?.info ?? null;
  }

  async play() {
    if (!this.media) throw new DOMException('The player is in no page.', 'InvalidStateError');
    return this.media.play();
  }

  pause() {
    this.media?.pause();
  }

  /** Acts on a key press that reached the page elsewhere; true when it meant something here. */
  handleKey(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false;
    const path = event.composedPath();
    if (event.key === 'Escape' && this.#panels.closeAll()) return true;
    if (isTyping(path[0]) || path.some((element) => element.getAttribute?.('role') === 'menu')) return false;
    const command = commandOf(keyOf(event), focusedKind(path));
    if (!command) return false;
    event.preventDefault();
    if (event.repeat && !command.held) return true;
    this.#commands[command.name](command.value);
    this.#wakeControls();
    return true;
  }

  /** Plays from `at` seconds on, as soon as it is in a page and has a `src`; with `tracks`, those only. */
  load({ at = 0, tracks = null, soundOnly = false } = {}) {
    this.#at = at;
    if (!this.#view) return;
    const { media, failure } = this.#view;
    this.removeAttribute('failed');
    hide(failure);
    this.#say('note', '');
    this.#say('trouble', '');
    for (const name of ['token', 'download', 'live', 'src']) copyAttribute(this, media, name);
    media.load({ at, tracks, soundOnly });
    if (this.getAttribute('src')) {
      this.#learn();
      if (!this.hasAttribute('paused')) this.#autoplay.start();
    }
    this.#showPlaying();
  }

  #build() {
    const name = this.getAttribute('name');
    this.#view = buildView(name);
    const { media, screen } = this.#view;
    const begun = takeBegun(this);
    if (begun) media.adopt(begun);
    this.#panels = new Panels(screen, { statistics: () => statisticsPanel(media), help: helpPanel });
    this.#commands = new Commands(this, media, this.#panels);
    this.#keys = new MediaKeys(this, this.#commands);
    this.#autoplay = new Autoplay(media, this.#view, () => this.hasAttribute('failed'));
    this.#extras = new Extras(this, this.#view, this.#listening.signal, () => this.#takeKeys());
    this.shadowRoot.replaceChildren(...this.#view.root);
    this.#showSteps();
  }

  #bind() {
    const { signal } = this.#listening;
    const on = (target, names, handler) => {
      for (const each of names.split(' ')) target.addEventListener(each, handler, { signal });
    };
    const v = this.#view;
    on(this, 'keydown', (event) => this.handleKey(event));
    on(v.media, 'dblclick', () => this.#commands.toggleFullScreen());
    on(v.big, 'click', () => this.#autoplay.start());
    on(v.unmute, 'click', () => {
      v.media.muted = false;
    });
    on(v.media, 'vod-open', ({ detail }) => this.#onOpen(detail));
    on(v.media, 'vod-failed', ({ detail }) => this.#fail(detail));
    on(v.media, 'vod-note', ({ detail }) => this.#say('note', detail));
    on(v.media, 'vod-trouble', ({ detail }) => this.#say('trouble', detail));
    on(v.media.audioTracks, 'addtrack removetrack', () => {
      v.audioButton.toggleAttribute('several', v.media.audioTracks.length > 1);
    });
    on(v.media, 'waiting seeking loadstart', () => this.setAttribute('waiting', ''));
    on(v.media, 'playing seeked canplay ended pause', () => this.removeAttribute('waiting'));
    on(v.media, 'play playing pause ended emptied', () => this.#showPlaying());
    on(v.media, 'playing', () => this.#takeKeys());
    on(v.media, 'timeupdate', () => this.#keepPlace());
    on(v.media, 'durationchange seeked ratechange playing', () => this.#keys.place(v.media));
    on(document, 'visibilitychange', () => document.visibilityState === 'visible' && this.#wakeLock.renew());
    on(v.controller, 'userinactivechange', ({ detail }) => this.toggleAttribute('idle', detail));
    on(v.statistics, 'click', () => this.#commands.toggleStatistics());
    on(v.help, 'click', () => this.#commands.toggleHelp());
    on(v.previous, 'click', () => this.#commands.goPrevious());
    on(v.next, 'click', () => this.#commands.goNext());
    new Preview(v.range, v.previewImage, (time) => this.#picture(time), signal);
  }

  #loadControls() {
    const { controller, media } = this.#view;
    const { signal } = this.#listening;
    const now = async () => {
      clearTimeout(timer);
      if (signal.aborted) return;
      await controls();
      amendNames(controller, signal);
      // Full screen is for all of the player, with what lies over the controls.
      controller.fullscreenElement = this;
    };
    const timer = setTimeout(now, CONTROLS_LATEST_MS);
    // A film that had a head start may have shown its first picture.
    if (media.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) now();
    for (const name of ['loadeddata', 'vod-failed']) media.addEventListener(name, now, { once: true, signal });
  }

  #wakeControls() {
    // media-chrome shows its controls to who moves the pointer.
    this.#view.controller.removeAttribute('userinactive');
    this.#view.controller.dispatchEvent(new Event('keyup'));
  }

  #showSteps() {
    for (const name of ['previous', 'next']) this.#view[name].hidden = !this.hasAttribute(name);
  }

  #showPlaying() {
    const { paused, ended } = this.media;
    const playing = !paused && !ended;
    this.toggleAttribute('playing', playing);
    if (playing) hide(this.#view.big);
    this.#wakeLock.want(playing && !this.hasAttribute('sound-only'));
  }

  #takeKeys() {
    const { title, artist = '' } = this.info ?? {};
    const { paused, ended } = this.media;
    this.#keys.take({ title: title || this.getAttribute('name') || '', artist, artwork: this.#extras.cover, playing: !paused && !ended });
    this.#keys.place(this.media);
  }

  #learn() {
    const { address } = this.media;
    if (!address.isMixed() && !this.hasAttribute('live')) this.#extras.open(address);
  }

  /** Above the seek bar. */
  async #picture(time) {
    if (this.preview) return this.preview(time);
    if (this.hasAttribute('live') || this.hasAttribute('sound-only') || !this.hasAttribute('src')) return null;
    const { picture, previewTime } = await import('./keyframe.js');
    const token = this.getAttribute('token') ?? '';
    return picture(this.getAttribute('src'), { time: previewTime(time, this.media.duration), width: 320, token, urgent: true });
  }

  #onOpen(open) {
    // Where that was in vain it may not be now.
    this.#learn();
    const used = open.tracks.filter((track) => open.streams.some((stream) => stream.tracks.includes(track.id)));
    this.toggleAttribute('sound-only', !used.some((track) => track.kind === 'video'));
    this.dispatchEvent(new CustomEvent('vod-open', { detail: open, bubbles: true, composed: true }));
  }

  /** An element that has nothing to play as yet, or no more, says 0. */
  #keepPlace() {
    const { readyState, currentTime } = this.media;
    if (readyState > HTMLMediaElement.HAVE_NOTHING) this.#at = currentTime;
  }

  #say(where, sentence) {
    const line = this.#view[where];
    line.textContent = sentence;
    line.hidden = !sentence;
  }

  #fail({ sentence, sound }) {
    const v = this.#view;
    this.#keepPlace();
    const at = this.#at;
    this.#say('trouble', '');
    this.setAttribute('failed', '');
    this.removeAttribute('waiting');
    hide(v.big, v.unmute);
    v.sentence.textContent = sentence;
    const actions = [make('button', { type: 'button', class: 'button', textContent: 'Try again', onclick: () => this.load({ at }) })];
    if (this.hasAttribute('download')) {
      const href = v.media.address.at('media');
      actions.unshift(make('a', { class: 'button', href, textContent: 'Open the original file' }));
    }
    if (sound.length > 0) {
      const play = () => this.load({ at, tracks: sound, soundOnly: true });
      actions.unshift(make('button', { type: 'button', class: 'button', textContent: 'Play the sound only', onclick: play }));
    }
    v.actions.replaceChildren(...actions);
    v.failure.hidden = false;
    this.dispatchEvent(new CustomEvent('vod-failed', { detail: { sentence }, bubbles: true, composed: true }));
  }
}

function copyAttribute(from, to, name) {
  if (from.hasAttribute(name)) to.setAttribute(name, from.getAttribute(name));
  else to.removeAttribute(name);
}

const isTyping = (target) => target.matches?.('input:not([type=range]), textarea, [contenteditable]') ?? false;

if (!customElements.get('vod-player')) customElements.define('vod-player', VodPlayer);
