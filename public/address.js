// Where a film and what belongs to it is found. Pure.

import { withToken } from './token.js';

/** The root of the server that this module came from. */
const HOME = new URL('..', import.meta.url);

/**
 * A film of a server. `src` is the film's percent-encoded path on the server that these modules came from, or the URL
 * of its page, its file or its WebSocket on any server, which on that one may begin with its path.
 */
export class Address {
  #base;
  #token;

  constructor(src, token = '', home = HOME) {
    const [base, path] = split(String(src), home);
    this.#base = base;
    this.path = path;
    this.#token = token || base.searchParams.get('token') || '';
    base.search = '';
  }

  /** The URL below a route such as "media", with a query; `rest` follows the film's path. */
  at(route, query = {}, rest = '') {
    const url = new URL(`${route}/${this.path}${rest}`, this.#base);
    if (route === 'ws' || route === 'live') url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    url.search = new URLSearchParams(query);
    return withToken(url, this.#token).href;
  }

  /** The server is not the one that the page came from. */
  isForeign(page = globalThis.location) {
    return this.#base.origin !== page?.origin;
  }

  get host() {
    return this.#base.host;
  }

  /** Browsers refuse what comes over http to a page that came over https, but for what comes from the same machine. */
  isMixed(page = globalThis.location) {
    const { protocol, hostname } = this.#base;
    return page?.protocol === 'https:' && protocol === 'http:' && !/^(localhost|.*\.localhost|127\..*|\[::1\])$/.test(hostname);
  }
}

function split(src, home) {
  const isURL = src.startsWith('/') || /^(https?|wss?):\/\//i.test(src);
  if (!isURL || URL.canParse?.(src, home) === false) return [new URL(home), src];
  const url = new URL(src.replace(/^ws(s?:)/i, 'http$1'), home);
  const [, root, path] = url.pathname.match(/^(.*?\/)(?:watch|media|ws|live)\/(.+)$/) ?? [null, '/', url.pathname.slice(1)];
  url.pathname = root;
  url.hash = '';
  return [url, path];
}
