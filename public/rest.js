// The rest of a page whose first script begins the film: what the player needs is loaded behind it.

import { whenSeen } from './first-frame.js';
import { giveTo } from './head-start.js';

// On a slow network the film must not keep the page waiting for long.
const REST_LATEST_MS = 600;
// To lay the page out and draw it takes what the first bytes of the film need more: until the browser has taken those in it shows
// what it showed before. On a slow network they are long in coming.
const DRAWN_LATEST_MS = 100;

const parsed = new Promise((resolve) => {
  document.addEventListener('DOMContentLoaded', resolve, { once: true });
});

/**
 * Shows what has begun (as beginFilm answers it) in the page's player, and has the rest loaded when its first picture is there; at once where
 * nothing has begun. `load` loads the page's own script.
 */
export function loadBehind(begun, load) {
  let loading = false;
  const loadRest = async () => {
    await parsed;
    if (loading) return;
    loading = true;
    document.head.append(...modulesNamed().map((href) => Object.assign(document.createElement('link'), { rel: 'modulepreload', href })));
    load();
  };
  if (!begun) {
    loadRest();
    return;
  }
  const { video } = begun;
  drawBehind(video);
  parsed.then(() => giveTo(document.querySelector('vod-player'), begun));
  whenSeen(video, loadRest);
  setTimeout(loadRest, REST_LATEST_MS);
}

/** The modules that the page names for later, as one text: links of their own would be read before the film is asked for. */
function modulesNamed() {
  const names = [...document.querySelectorAll('meta[name=later]')].flatMap(({ content }) => content.trim().split(/\s+/));
  return names.map((name) => new URL(name, import.meta.url).href);
}

/** The page is drawn when the browser knows what comes. */
function drawBehind(video) {
  const page = document.documentElement;
  const draw = () => {
    page.hidden = false;
  };
  page.hidden = true;
  video.addEventListener('loadedmetadata', draw, { once: true });
  setTimeout(draw, DRAWN_LATEST_MS);
}
