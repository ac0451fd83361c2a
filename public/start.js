// The first script of the player page: it begins the film, and only then has the rest of the page loaded.

import './begin.js';
import { beginFilm } from './head-start.js';

// On a slow network the film must not keep the page waiting for long.
const REST_LATEST_MS = 600;

let loading = false;

function loadRest() {
  if (loading) return;
  loading = true;
  for (const link of document.querySelectorAll('link[rel=later]')) link.rel = 'modulepreload';
  import('./watch.js');
}

const video = beginFilm(document.querySelector('vod-player'));
if (video) {
  // Sound alone has no frame to wait for.
  video.requestVideoFrameCallback?.(loadRest);
  video.addEventListener('playing', loadRest, { once: true });
  setTimeout(loadRest, REST_LATEST_MS);
} else {
  loadRest();
}
