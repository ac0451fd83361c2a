// The player page: the player does the work; here is shown what is known about the film, and the way to others.

import { film, places, resumedAt } from './begin.js';
import './vod-player.js';
import { Address } from './address.js';
import { playsHere, verdict } from './badge.js';
import { make } from './dom.js';
import { FilmTools } from './film-tools.js';
import { byteSize, clockTime, codecSummary, resolution } from './format.js';
import { picture, previewTime } from './keyframe.js';
import { tellWhilePlaying } from './playing.js';
import { filmQuery, listAddress, listOf, neighbours } from './queue.js';
import { Viewing } from './viewing.js';

const BASE = new URL('..', import.meta.url);
// For so long it is told why a film does not play before the next begins.
const TOLD_MS = 5000;

const player = document.querySelector('vod-player');
const token = player.getAttribute('token') ?? '';
const can = (document.body.dataset.can ?? '').split(' ');
const find = (id) => document.getElementById(id);

let path = player.getAttribute('src');
let list = listOf(path, location.search);
let steps = { previous: null, next: null };
let finding = null; // the steps, until they are found
let skipping = null; // a timer
// The film may have begun before this module was there.
const begun = !player.media.paused && player.media.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
let viewing = new Viewing(places, player.media, path, { size: Number(film.size), begun });

player.addEventListener('vod-info', ({ detail }) => describe(detail));
player.addEventListener('vod-failed', () => skipLater());
player.addEventListener('vod-previous', () => go('previous'));
player.addEventListener('vod-next', () => go('next'));
player.media.addEventListener('ended', () => {
  if (list.all) go('next');
});
// The viewer has it tried again.
player.media.addEventListener('loadstart', () => stay());
player.preview = (time) =>
  picture(path, { time: previewTime(time, player.media.duration), width: 320, token, urgent: true });
tellWhilePlaying(player.media);
player.focus({ preventScroll: true });

document.addEventListener('keydown', (event) => {
  if (!event.composedPath().includes(player)) player.handleKey(event);
});
// Films that were gone through are places of the page; to go back to one, it is opened.
window.addEventListener('popstate', () => location.reload());

const tools = new FilmTools(find('tools'), {
  media: player.media,
  get address() {
    return new Address(path, token);
  },
  page: (query) => new URL(`watch/${path}${filmQuery({ ...list, all: false }, token ? { ...query, token } : query)}`, BASE).href,
  canDownload: player.hasAttribute('download'),
  canSign: can.includes('sign'),
});
offerStart(resumedAt);
// The bearer of a link to one film has no list, nor is there one where a film is served alone.
if (find('back')) {
  find('back').href = new URL(listAddress(list), BASE);
  find('all').checked = list.all;
  find('all').addEventListener('change', ({ target }) => {
    list = { ...list, all: target.checked };
    history.replaceState(null, '', new URL(`watch/${path}${filmQuery(list)}`, BASE));
    showSteps();
    if (!list.all) stay();
  });
  finding = findSteps();
  if (player.hasAttribute('failed')) skipLater();
}

function describe(info) {
  viewing.learn(info);
  const facts = [
    info.duration > 0 && clockTime(info.duration),
    resolution(info.tracks),
    codecSummary(info.tracks),
    byteSize(info.size),
    info.state === 'truncated' && (info.reason || 'The file is cut short.'),
  ];
  find('facts').replaceChildren(
    ...facts.filter(Boolean).map((fact) => make('li', { textContent: fact })),
  );
}

/** Says that the film goes on where it was left, with a way to its start. */
function offerStart(time) {
  const line = find('resumed');
  line.hidden = !(time > 0);
  if (line.hidden) return;
  const again = make('button', { type: 'button', class: 'plain', textContent: 'From the start' });
  again.addEventListener('click', () => {
    line.hidden = true;
    player.media.currentTime = 0;
    player.play();
    player.focus({ preventScroll: true });
  });
  line.replaceChildren(`Continued at ${clockTime(time)}. `, again);
}

async function findSteps() {
  const of = path;
  const plays = (entry) => entry.state !== 'invalid' && verdict(entry, playsHere)?.plays !== false;
  const fetchList = async (address) => {
    const response = await fetch(new URL(address, BASE));
    if (!response.ok) throw new Error(`the list was refused: ${response.status}`);
    return response.json();
  };
  try {
    const found = await neighbours(list, of, plays, fetchList);
    if (of === path) steps = found;
  } catch {
    // The film plays without its neighbours.
  }
  showSteps();
}

function showSteps() {
  for (const where of ['previous', 'next']) {
    const entry = steps[where];
    const link = find(where);
    player.toggleAttribute(where, Boolean(entry));
    link.hidden = !entry;
    if (!entry) continue;
    link.href = new URL(`watch/${entry.path}${filmQuery(list)}`, BASE);
    link.querySelector('.name').textContent = entry.name;
  }
}

/** Goes to a neighbour without leaving the page, so that full screen and sound stay. */
function go(where) {
  const entry = steps[where];
  if (!entry) return;
  stay();
  viewing.stop();
  path = entry.path;
  steps = { previous: null, next: null };
  viewing = new Viewing(places, player.media, path, { size: entry.size });
  history.pushState(null, '', new URL(`watch/${path}${filmQuery(list)}`, BASE));
  document.title = document.title.replace(player.getAttribute('name'), () => entry.name);
  find('name').textContent = entry.name;
  find('facts').replaceChildren();
  player.setAttribute('name', entry.name);
  player.setAttribute('src', path);
  const { time = 0 } = places.recall(path, entry.size) ?? {};
  if (time > 0) player.load({ at: time });
  tools.changed();
  offerStart(time);
  finding = findSteps();
}

/** Where all films are played, one that fails is followed by the next, unless the viewer stays. */
async function skipLater() {
  const of = path;
  await finding;
  if (of !== path || !list.all || !steps.next || !player.hasAttribute('failed')) return;
  stay();
  skipping = setTimeout(() => go('next'), TOLD_MS);
  const here = make('button', { type: 'button', class: 'plain', textContent: 'Stay here' });
  here.addEventListener('click', () => stay());
  find('resumed').replaceChildren(`${steps.next.name} begins in a few seconds. `, here);
  find('resumed').hidden = false;
}

function stay() {
  if (skipping === null) return;
  clearTimeout(skipping);
  skipping = null;
  find('resumed').hidden = true;
}
