// The second script of the player page, behind first.js: it plays the film, and only then has the rest of the page loaded. The
// page waits for it, so that nothing else is done before. The list has run it before without a film: the browser then has it at hand.

import { beginsAt, film } from './begin.js';
import { beginFilm } from './head-start.js';
import { takeOpened } from './opening.js';
import { loadBehind } from './rest.js';

if (film.src) loadBehind(beginFilm(film.src, film.token, beginsAt, { opened: takeOpened() }), () => import('./watch.js'));
