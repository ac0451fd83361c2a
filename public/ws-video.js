// <ws-video src="percent-encoded/path.mp4">: a media element for player kits, like <video>, that plays films of vodsrv.

import { Address } from './address.js';
import { remarkOn } from './badge.js';
import { HeldEvents } from './held-events.js';
import { canPlay, hasMediaSource, isManaged } from './media-source.js';
import { mixedContent, whyRefused } from './refusal.js';
import { Session } from './session.js';
import { soundsOf } from './tracks.js';
import { CustomVideoElement } from './vendor/custom-media-element/custom-media-element.js';
import { MediaTracksMixin } from './vendor/media-tracks/mixin.js';
import { liveWays, nativeWays } from './ways.js';

// A live stream that the browser plays by itself is asked for again after this time.
const AGAIN_MS = 3000;

// Controls lay themselves out anew at a seek, which would keep what comes of the film there waiting. Nobody sees that they do
// it a little later.
const SEEK_FIRST_MS = 100;

const FILM = new CSSStyleSheet();
FILM.replaceSync(`
  :host { display: inline-block; line-height: 0; }
  video {
    width: 100%; height: 100%;
    object-fit: var(--media-object-fit, contain); object-position: var(--media-object-position, 50% 50%);
  }
  video::-webkit-media-text-track-container {
    transform: var(--media-webkit-text-track-transform); transition: var(--media-webkit-text-track-transition);
  }
`);

/**
 * Attributes, beside those of <video>: `src` as Address takes it, `start` seconds to begin at, `token` of a signed
 * link, `live` where `src` is the name of a live stream, `download` where the file itself may be fetched.
 * Events, beside those of <video>: `vod-open` (detail: the server's `open` message), `vod-note`, `vod-trouble` (detail:
 * a sentence, "" takes it back), `vod-failed` (detail: {sentence, sound}; `sound` are track ids that would still play).
 * `way` says how it plays: "mse", "managed", "hls", "file", or "" when it does not; `stats` is a snapshot of what was received.
 */
export class WsVideo extends MediaTracksMixin(CustomVideoElement) {
  #session = null;
  #last = {};
  #failure = null;
  #native = null;
  #sounds = ''; // those listed, as JSON
  #audio = null; // the one in use, as far as was told
  #loading = false;
  #noted = '';
  #begun = null;
  #opened = null;
  #shown = false; // this film, by now or before it was begun anew
  #events = new HeldEvents((type) => this.dispatchEvent(new CustomEvent(type)));
  way = '';

  static getTemplateHTML() {
    return '<slot name="media"><video part="video" playsinline preload="auto"></video></slot><slot></slot>';
  }

  init() {
    super.init();
    this.shadowRoot.adoptedStyleSheets = [FILM];
    this.audioTracks.addEventListener('change', () => this.#onAudioChoice());
    this.addEventListener('loadeddata', () => (this.#shown = true));
  }

  connectedCallback() {
    super.connectedCallback();
    if (this.hasAttribute('src')) this.#loadSoon();
  }

  disconnectedCallback() {
    this.#stop();
    this.#unload();
    super.disconnectedCallback();
  }

  attributeChangedCallback(name, old, value) {
    if (name !== 'src') return super.attributeChangedCallback(name, old, value);
    if (this.isConnected && old !== value) this.#loadSoon();
  }

  /** Once all attributes are set, unless load() is called meanwhile. */
  #loadSoon() {
    this.#loading = true;
    queueMicrotask(() => {
      if (this.#loading && this.isConnected) this.load({ at: Number(this.getAttribute('start')) || 0 });
    });
  }

  /** Takes over a film that began before this element was there: {video, session, relay}. load() then goes on with it. */
  adopt(begun) {
    this.nativeEl.replaceWith(begun.video);
    this.#begun = begun;
  }

  /** Passes the inner element's events on. Of a seek the session hears first, and the others when it was sent. */
  handleEvent(event) {
    if (event.target !== this.nativeEl) return;
    if (event.type === 'seeking' && this.#session) {
      this.#session.onSeeking(event);
      this.#events.hold(SEEK_FIRST_MS);
      this.nativeEl.requestVideoFrameCallback?.(() => this.#events.letGo());
    }
    this.#events.take(event.type);
  }

  get error() {
    return this.#failure ?? this.nativeEl?.error ?? null;
  }

  get address() {
    return new Address(this.getAttribute('src') ?? '', this.getAttribute('token') ?? '');
  }

  /** The server's newest `open` message, or null. */
  get opened() {
    return this.#opened;
  }

  get stats() {
    return this.#session?.stats ?? this.#last;
  }

  /** Plays from `at` seconds on, if there is a `src`; with `tracks` (ids), those only; `soundOnly` when the viewer agreed to miss the picture. */
  load({ at = 0, tracks = null, soundOnly = false } = {}) {
    this.#stop();
    this.#loading = false;
    this.#failure = null;
    if (!this.getAttribute('src')) return this.#unload();
    const begun = this.#begun;
    this.#begun = null;
    this.#shown = begun?.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
    const { address } = this;
    if (address.isMixed()) {
      this.#fail({ sentence: mixedContent(address), sound: [] });
      return;
    }
    // What is fetched by the element itself must be allowed to be shown.
    if (address.isForeign()) this.nativeEl.crossOrigin = 'anonymous';
    const live = this.hasAttribute('live');
    const { playbackRate } = this.nativeEl;
    if (hasMediaSource()) this.#openSession(begun, address, { at, tracks, soundOnly, live });
    else if (live) this.#openLive();
    else this.#openNative(at);
    // A new source takes the speed back, which is right for what can be no faster than it comes.
    if (!live) this.nativeEl.playbackRate = playbackRate;
  }

  #openSession(begun, address, start) {
    const { live } = start;
    this.way = isManaged ? 'managed' : 'mse';
    const on = {
      note: (sentence) => this.#note(sentence),
      trouble: (sentence) => this.#tell('vod-trouble', sentence),
      failed: (failure) => this.#fail(failure),
      opened: (open) => this.#onOpen(open),
      chosen: (ids) => this.#showAudio(ids),
      // Of a live stream the socket itself says what is wrong.
      refused: async () => (live ? '' : whyRefused(address.at('api/info'))),
    };
    this.#session = begun?.session ?? new Session(this.nativeEl, (query, route) => address.at(live ? 'live' : route, query), on);
    if (begun) begun.relay.connect(on);
    else this.#session.start(start);
  }

  #stop() {
    this.#native?.abort();
    this.#native = null;
    this.way = '';
    if (!this.#session) return;
    this.#last = this.#session.stats;
    this.#session.destroy();
    this.#session = null;
  }

  /** Without MSE the browser plays by itself, from HLS if it can and the server has it, else the file. */
  async #openNative(at) {
    const mine = new AbortController();
    this.#native = mine;
    const on = (name, act) => this.nativeEl.addEventListener(name, act, { signal: mine.signal });
    let playing = false;
    on('play', () => (playing = true));
    on('pause', () => (playing = false));
    // While the server is asked, what was played before must neither go on nor begin again.
    this.#unload();
    const ways = await nativeWays(this.nativeEl, this.address, this.hasAttribute('download'));
    if (mine.signal.aborted) return;
    if (ways.length === 0) {
      this.#fail({ sentence: 'This browser cannot play films that come in pieces.', sound: [] });
      return;
    }
    on('error', () => this.#playBy(ways, this.nativeEl.currentTime || at, playing));
    this.#playBy(ways, at, playing);
  }

  /** A live stream, from HLS. Whatever ends it, it is asked for again: the source may come back. */
  #openLive() {
    const mine = new AbortController();
    this.#native = mine;
    const { signal } = mine;
    this.#unload();
    const [way] = liveWays(this.nativeEl, this.address);
    if (!way) {
      this.#fail({ sentence: 'This browser cannot play live streams that come in pieces.', sound: [] });
      return;
    }
    // Who has paused, or did not begin, is not played to when the stream is back.
    let playing = false;
    const on = (name, act) => this.nativeEl.addEventListener(name, act, { signal });
    on('play', () => (playing = true));
    on('pause', () => (playing = false));
    on('error', () => {
      const goesOn = playing;
      this.#tell('vod-trouble', 'The stream is interrupted. It goes on by itself.');
      setTimeout(() => signal.aborted || this.#playBy([way], 0, goesOn), AGAIN_MS);
    });
    on('playing', () => this.#tell('vod-trouble', ''));
    this.#playBy([way], 0, false);
  }

  /** Plays by the first of the ways, which is taken from them; what fails is followed by the next. */
  #playBy(ways, at, playing) {
    const way = ways.shift();
    if (!way) {
      this.#fail({ sentence: 'This browser cannot play this file.', sound: [] });
      return;
    }
    this.way = way.name;
    const { paused, playbackRate } = this.nativeEl;
    this.nativeEl.src = way.url;
    if (at > 0) this.nativeEl.currentTime = at;
    // A source in the place of another, or of none, may pause the element, as a failure does, and takes its speed back.
    this.nativeEl.playbackRate = playbackRate;
    if (playing || !paused) this.nativeEl.play().catch(() => {});
  }

  #unload() {
    this.nativeEl.removeAttribute('src');
    this.nativeEl.load();
  }

  #onOpen(open) {
    this.#opened = open;
    this.#listAudio(open);
    this.#tell('vod-open', open);
    this.#askDecoder(open);
  }

  /** A codec that the browser knows may still be too much for its decoder; what plays nevertheless is let play. */
  async #askDecoder(open) {
    const session = this.#session;
    const said = await remarkOn(open);
    if (!said || session !== this.#session) return;
    if (said.note && !this.#noted) this.#note(said.note);
    if (!said.reason || this.#shown) return;
    this.#fail({ sentence: said.reason, sound: soundsOf(open, canPlay).slice(0, 1).map(({ id }) => id) });
  }

  #note(sentence) {
    this.#noted = sentence;
    this.#tell('vod-note', sentence);
  }

  #listAudio(open) {
    const sounds = soundsOf(open, canPlay);
    // Another film may have tracks of the same ids.
    const told = JSON.stringify(sounds);
    if (told !== this.#sounds) {
      this.#sounds = told;
      for (const track of [...this.audioTracks]) this.removeAudioTrack(track);
      for (const { id, kind, label, lang } of sounds) this.addAudioTrack(kind, label, lang).id = String(id);
    }
    this.#showAudio(this.#session.tracks);
  }

  #showAudio(ids) {
    for (const listed of this.audioTracks) {
      listed.enabled = ids.includes(Number(listed.id));
      if (listed.enabled) this.#audio = listed;
    }
  }

  #onAudioChoice() {
    // One sound at a time: the one that was switched on last.
    const chosen = [...this.audioTracks].find((track) => track.enabled && track !== this.#audio);
    if (!chosen) return;
    this.#audio = chosen;
    for (const track of this.audioTracks) track.enabled = track === chosen;
    this.#session?.chooseAudio(Number(chosen.id));
  }

  #fail(failure) {
    this.#stop();
    this.nativeEl.pause();
    this.#failure = { code: MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED, message: failure.sentence };
    this.#tell('vod-failed', failure);
    this.dispatchEvent(new Event('error'));
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

if (!customElements.get('ws-video')) customElements.define('ws-video', WsVideo);
