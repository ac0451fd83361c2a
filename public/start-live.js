// The first script of the page of a live stream: it begins to play, close to what is newest, and only then has the rest of the
// page loaded.

import { beginFilm } from './head-start.js';
import { edgeOf } from './live-edge.js';
import { loadBehind } from './rest.js';

const begun = beginFilm(document.getElementById('stream').dataset.src, '', 0, { live: true });
if (begun) edgeOf(begun.video);
loadBehind(begun, () => import('./live.js'));
