// The first script of the player page: it begins the film, and only then has the rest of the page loaded. The page waits for
// it, so that nothing else is done before.

import { beginsAt, film } from './begin.js';
import { beginFilm } from './head-start.js';
import { loadBehind } from './rest.js';

loadBehind(beginFilm(film.src, film.token, beginsAt), () => import('./watch.js'));
