// What a film needs before there is anything that can play it: a media element, its source, and the first seconds.

import { fetchBeginning } from './beginning.js';
import { attachMedia, hasMediaSource } from './media-source.js';
import { openingQuery } from './messages.js';

// Between scripts that have modules of their own.
const OPENED = Symbol.for('vodsrv.opened');

/** The media element of a film that is not shown yet. */
export function makeVideo() {
  const video = document.createElement('video');
  video.playsInline = true;
  video.preload = 'auto';
  video.setAttribute('part', 'video');
  return video;
}

/** Opens the film of an Address at `at` seconds, for takeOpened(). Does nothing without MSE. */
export function openFilm(address, at) {
  if (!hasMediaSource()) return;
  const request = fetchBeginning(address.at('begin', openingQuery(at)));
  const video = makeVideo();
  document[OPENED] = { video, attached: attachMedia(video), request };
}

/** What was opened: {video, attached, request}, as attachMedia() and fetchBeginning() answer; once, else null. */
export function takeOpened() {
  const opened = document[OPENED] ?? null;
  delete document[OPENED];
  return opened;
}
