// Where the player begins: at the time that the page's address tells, else where the last viewing of the film stopped.
// It is loaded before the player, which reads its attributes only once.

import { placesOf } from './places.js';

const BASE = new URL('..', import.meta.url);

const player = document.querySelector('vod-player');

/** The places of the films of this server. */
export const places = placesOf(BASE);

const place = places.recall(player.getAttribute('src'), Number(player.dataset.size));

/** Where the viewing goes on, in seconds; 0 where it begins anew. */
export const resumedAt = new URLSearchParams(location.search).has('t') ? 0 : (place?.time ?? 0);

if (resumedAt > 0) player.setAttribute('start', resumedAt);
