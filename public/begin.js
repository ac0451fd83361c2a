// Which film the page plays, and where it begins: at the time that the page's address tells, else where the last viewing of
// the film stopped. It is loaded before the player, which reads its attributes only once.

import { placesOf } from './places.js';

const BASE = new URL('..', import.meta.url);

/** What the page was made for: {src, token} as a <vod-player> has them; nothing on a page without a film. */
export const film = document.getElementById('film')?.dataset ?? {};

/** The places of the films of this server. */
export const places = placesOf(BASE);

const place = places.recall(film.src, Number(film.size));

/** Where the viewing goes on, in seconds; 0 where it begins anew. */
export const resumedAt = new URLSearchParams(location.search).has('t') ? 0 : (place?.time ?? 0);

/** Where the film begins, in seconds. */
export const beginsAt = resumedAt || Number(film.start) || 0;

// The first script of the page is there before the player's element.
document.querySelector('vod-player')?.setAttribute('start', beginsAt);
