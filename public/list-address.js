// What the address of a list says: what is searched for, the order, the view. Pure.

import { SORTS } from './listing.js';

const VIEWS = ['grid', 'table'];

/** {q, sort, order, view} of a query string; view is "" where it says nothing. */
export function readAddress(search) {
  const query = new URLSearchParams(search);
  const sort = query.get('sort');
  const view = query.get('view');
  return {
    q: (query.get('q') ?? '').trim(),
    sort: Object.hasOwn(SORTS, sort) ? sort : 'name',
    order: query.get('order') === 'desc' ? 'desc' : 'asc',
    view: VIEWS.includes(view) ? view : '',
  };
}

/** The query string for them, "" if it has nothing to say; `more` are further parameters. */
export function writeAddress({ q, sort, order, view = '' }, more = {}) {
  const said = { q, sort: sort === 'name' ? '' : sort, order: order === 'desc' ? order : '', view, ...more };
  const query = new URLSearchParams(Object.entries(said).filter(([, value]) => value)).toString();
  return query && `?${query}`;
}
