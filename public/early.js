// Opens the film's connection while the browser still fetches what will play it. It stands on a few small modules only.

import { Address } from './address.js';
import './begin.js';
import { openingQuery } from './messages.js';
import { openAhead } from './socket.js';

const player = document.querySelector('vod-player');
if (globalThis.MediaSource ?? globalThis.ManagedMediaSource) {
  const address = new Address(player.getAttribute('src'), player.getAttribute('token') ?? '');
  openAhead(address.at('ws', openingQuery(Number(player.getAttribute('start')) || 0)));
}
