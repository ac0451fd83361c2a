// The first script of the player page: it begins the film, and only then has the rest of the page loaded. The page waits for
// it, so that nothing else is done before.

import { beginsAt, film } from './begin.js';
import { beginFilm, giveTo } from './head-start.js';

// On a slow network the film must not keep the page waiting for long.
const REST_LATEST_MS = 600;

const parsed = new Promise((resolve) => {
  document.addEventListener('DOMContentLoaded', resolve, { once: true });
});

let loading = false;

async function loadRest() {
  await parsed;
  if (loading) return;
  loading = true;
  for (const link of document.querySelectorAll('link[rel=later]')) link.rel = 'modulepreload';
  import('./watch.js');
}

const begun = beginFilm(film.src, film.token, beginsAt);
if (begun) {
  const { video } = begun;
  parsed.then(() => giveTo(document.querySelector('vod-player'), begun));
  // Sound alone has no frame to wait for.
  video.requestVideoFrameCallback?.(loadRest);
  video.addEventListener('playing', loadRest, { once: true });
  setTimeout(loadRest, REST_LATEST_MS);
} else {
  loadRest();
}
