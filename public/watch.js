// The player page: the player does the work; here is shown what is known about the film.

import './vod-player.js';
import { make } from './dom.js';
import { byteSize, clockTime, codecSummary, resolution } from './format.js';

const BASE = new URL('..', import.meta.url);

const player = document.querySelector('vod-player');
player.addEventListener('vod-info', ({ detail }) => describe(detail));
player.focus({ preventScroll: true });

document.addEventListener('keydown', (event) => {
  if (!event.composedPath().includes(player)) player.handleKey(event);
});

const folder = player.getAttribute('src').split('/').slice(0, -1).join('/');
const back = document.getElementById('back');
if (back) back.href = new URL(folder ? `browse/${folder}/` : '.', BASE);

function describe(info) {
  const facts = [
    info.duration > 0 && clockTime(info.duration),
    resolution(info.tracks),
    codecSummary(info.tracks),
    byteSize(info.size),
    info.state === 'truncated' && (info.reason || 'The file is cut short.'),
  ];
  document.getElementById('facts').replaceChildren(
    ...facts.filter(Boolean).map((fact) => make('li', { textContent: fact })),
  );
}
