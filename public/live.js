// The page of a live stream: the player, and how late it is.

import './vod-player.js';
import { make } from './dom.js';
import { codecSummary, resolution } from './format.js';
import { edgeOf } from './live-edge.js';
import { hasMediaSource } from './media-source.js';
import { tellWhilePlaying } from './playing.js';
import { lastEnd, toList } from './ranges.js';

const SHOW_MS = 500;

const player = document.querySelector('vod-player');
const find = (id) => document.getElementById(id);

// Only now: what stands in the page's HTML is played from the start when it is defined.
// A browser that plays by itself chooses how late it is.
const edge = hasMediaSource() ? edgeOf(player.video) : null;

/** How far the picture is behind what is newest, in seconds. */
function behind() {
  if (edge) return edge.delay;
  return Math.max(0, lastEnd(toList(player.video.seekable)) - player.video.currentTime);
}

function showFacts({ tracks }) {
  const facts = [resolution(tracks), codecSummary(tracks)].filter(Boolean);
  find('facts').replaceChildren(...facts.map((fact) => make('li', { textContent: fact })));
}

player.addEventListener('vod-open', ({ detail }) => showFacts(detail));
// The stream may have begun before this page had more than a picture.
if (player.media.opened) showFacts(player.media.opened);
find('follow').addEventListener('click', () => {
  edge?.follow();
  player.play();
  player.focus({ preventScroll: true });
});
tellWhilePlaying(player.media);
player.focus({ preventScroll: true });
document.addEventListener('keydown', (event) => {
  if (!event.composedPath().includes(player)) player.handleKey(event);
});

setInterval(() => {
  find('delay').textContent = player.media.readyState > 0 ? `${behind().toFixed(1)} s behind` : '';
  find('follow').hidden = !edge?.shifted;
}, SHOW_MS);
