// The first script of the player page, and a small one: the film's first seconds are on their way, and the browser opens what
// they go into, while the scripts that play them are still being read.

import { Address } from './address.js';
import { beginsAt, film } from './begin.js';
import { openFilm } from './opening.js';

if (film.src) openFilm(new Address(film.src, film.token), beginsAt);
