// The player page: hands the address to the player, and shows what is known about the film.

import './vod-player.js';
import { make } from './dom.js';
import { byteSize, clockTime, codecSummary, resolution } from './format.js';
import { withToken } from './token.js';

const BASE = new URL('..', import.meta.url);

const stage = document.getElementById('stage');
const path = stage.dataset.path;

const player = make('vod-player', { tabIndex: -1 });
player.setAttribute('src', path);
player.setAttribute('name', stage.dataset.name);
// What was let in by a link goes on by it.
const token = stage.dataset.token ?? '';
player.setAttribute('token', token);
player.toggleAttribute('download', 'download' in stage.dataset);
player.setAttribute('start', new URLSearchParams(location.search).get('t') ?? '0');
stage.replaceChildren(player);
player.focus({ preventScroll: true });

document.addEventListener('keydown', (event) => {
  if (!player.contains(event.target)) player.handleKey(event);
});

const folder = path.split('/').slice(0, -1).join('/');
const back = document.getElementById('back');
if (back) back.href = new URL(folder ? `browse/${folder}/` : '.', BASE);

try {
  const response = await fetch(withToken(new URL(`api/info/${path}`, BASE), token));
  if (response.ok) describe(await response.json());
} catch {
  // The film plays without its description.
}

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
