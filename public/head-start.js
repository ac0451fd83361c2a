// A film that begins before the player is there: the player is far larger than what playing needs.

import { Address } from './address.js';
import { hasMediaSource } from './media-source.js';
import { makeVideo } from './opening.js';
import { whyRefused } from './refusal.js';
import { Session } from './session.js';

/** What a session tells, kept until there is someone to tell it to. */
export class Relay {
  #to = null;
  #kept = [];

  constructor(names) {
    for (const name of names) this[name] = (...args) => (this.#to ? this.#to[name](...args) : void this.#kept.push([name, args]));
  }

  connect(to) {
    this.#to = to;
    for (const [name, args] of this.#kept.splice(0)) to[name](...args);
  }
}

// Between modules that may be there twice: in the bundle that begins the film, and as the player's own.
const BEGUN = Symbol.for('vodsrv.begun');

/**
 * Begins a film, or with `live` the stream of that name, before there is a <vod-player>; `opened`, as takeOpened() answers it, is what
 * was opened of it. Answers {video, session, relay}; null without MSE.
 */
export function beginFilm(src, token, at, { live = false, opened = null } = {}) {
  if (!hasMediaSource() || customElements.get('vod-player')) return null;
  const address = new Address(src, token);
  const video = opened?.video ?? makeVideo();
  const relay = new Relay(['note', 'trouble', 'failed', 'opened', 'chosen']);
  // Of a live stream the socket itself says what is wrong.
  relay.refused = async () => (live ? '' : whyRefused(address.at('api/info')));
  const session = new Session(video, (query, route) => address.at(live ? 'live' : route, query), relay, { opened });
  session.start({ at, live });
  // Refused without a gesture: the player will try otherwise.
  video.play().catch(() => {});
  return { video, session, relay };
}

/** Shows a film in a <vod-player> that is not defined yet, and goes on with it. */
export function giveTo(host, begun) {
  host.append(begun.video);
  host[BEGUN] = begun;
}

/** The film that began in `host`: {video, session, relay}, once; else null. */
export function takeBegun(host) {
  const taken = host[BEGUN] ?? null;
  delete host[BEGUN];
  return taken;
}
