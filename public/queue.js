// Which film comes before and after one, in the order of the list that it was chosen from.

import { folderOf } from './listing.js';
import { readAddress, writeAddress } from './list-address.js';

const AT_ONCE = 30;
const PAGES = 4;

/**
 * The list that a film's page was opened from, as its address tells: {folder, q, sort, order, all}. `all`: one film
 * after the other is to be played. Pure.
 */
export function listOf(path, search) {
  const { q, sort, order } = readAddress(search);
  const query = new URLSearchParams(search);
  const folder = q ? (query.get('in') ?? '').replace(/^\/$/, '') : folderOf(path);
  return { folder, q, sort, order, all: query.has('all') };
}

/** The query string of the page of a film in that list; `more` are further parameters. Pure. */
export function filmQuery({ folder, q, sort, order, all }, more = {}) {
  return writeAddress({ q, sort, order }, { ...(q && { in: folder || '/' }), ...(all && { all: '1' }), ...more });
}

/** The address of the list's own page, below the server's. Pure. */
export function listAddress({ folder, q, sort, order }) {
  return (folder ? `browse/${folder}/` : '.') + writeAddress({ q, sort, order });
}

const turned = { asc: 'desc', desc: 'asc' };

/**
 * The nearest films before and after one, {previous, next}: entries, or null at the ends. `plays(entry)` says which
 * count; `fetchList(address)` answers a page of the list.
 */
export async function neighbours(list, path, plays, fetchList) {
  const [previous, next] = await Promise.all([
    firstFilm({ ...list, order: turned[list.order] }, path, plays, fetchList),
    firstFilm(list, path, plays, fetchList),
  ]);
  return { previous, next };
}

/** The first film that plays behind one, or of all without one; null if there is none near. */
export async function firstFilm(list, path, plays, fetchList) {
  let after = path;
  for (let i = 0; i < PAGES; i++) {
    const query = writeAddress(list, { limit: AT_ONCE, after });
    const page = await fetchList(`api/list/${list.folder}${query}`);
    const found = page.entries.find((entry) => entry.kind !== 'dir' && plays(entry));
    if (found || !page.next) return found ?? null;
    after = page.next;
  }
  return null;
}
