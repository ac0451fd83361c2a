// Whether this very browser plays a film of the list, and if not, why.

import { canPlay, hasMediaSource } from './media-source.js';
import { chooseTracks, refusal } from './tracks.js';

/** Whether the browser plays a MIME type: through MSE, or by itself where there is none. Each is asked for once. */
export const playsHere = once((mime) =>
  hasMediaSource() ? canPlay(mime) : document.createElement('video').canPlayType(mime) !== '');

function once(ask) {
  const known = new Map();
  return (key) => {
    if (!known.has(key)) known.set(key, ask(key));
    return known.get(key);
  };
}

/** The streams that the server would offer for an entry: its MIME type tells which tracks they are of. Pure. */
export function offer(entry) {
  const codecs = (/codecs="([^"]*)"/.exec(entry.mime)?.[1] ?? '').split(',').map((codec) => codec.trim()).filter(Boolean);
  const tracks = codecs.flatMap((codec) => {
    const same = entry.tracks.filter((track) => track.codec === codec && track.playable !== false);
    return (same.find((track) => track.default) ?? same[0])?.id ?? [];
  });
  return entry.mime ? [{ mime: entry.mime, tracks }] : [];
}

/**
 * What to say of an entry, by asking plays(mime): {plays: true, note} or {plays: false, reason}, null where nothing is
 * known of it yet, or its state says it all. Pure.
 */
export function verdict(entry, plays) {
  if (entry.kind === 'dir' || entry.state === 'indexing' || entry.state === 'invalid' || !entry.tracks?.length) return null;
  const choice = chooseTracks({ tracks: entry.tracks, streams: offer(entry) }, plays);
  return choice.refuse ? { plays: false, reason: choice.refuse } : { plays: true, note: choice.note };
}

/** The picture that an entry would be played with, and what `decodingInfo` is asked about it; null if there is none. Pure. */
export function pictureToDecode(entry) {
  const offered = offer(entry).flatMap(({ tracks }) => tracks);
  return decodable(entry.tracks.find(({ id, kind }) => kind === 'video' && offered.includes(id)));
}

function decodable(track) {
  if (!(track?.width > 0 && track.height > 0)) return null;
  return {
    track,
    video: {
      contentType: `video/mp4; codecs="${track.codec}"`,
      width: track.width,
      height: track.height,
      bitrate: track.bitrate || 1_000_000,
      framerate: track.fps || 25,
    },
  };
}

// Films that differ in little but their bitrate are one question.
const round = ({ contentType, width, height, bitrate, framerate }) =>
  JSON.stringify([contentType, width, height, Math.ceil(Math.log2(bitrate)), Math.round(framerate)]);

const asked = new Map();

function decodingInfo(video) {
  const key = round(video);
  if (!asked.has(key)) {
    const type = hasMediaSource() ? 'media-source' : 'file';
    // A browser that can't tell is one that has said all by then.
    asked.set(key, Promise.resolve(navigator.mediaCapabilities?.decodingInfo({ type, video })).catch(() => null));
  }
  return asked.get(key);
}

// Browsers that know nothing of their decoders say of every film that it may not be smooth.
const isMuch = ({ width, height, framerate }) => width * height * framerate > 1920 * 1080 * 30;

/** What the browser says of a picture's size and rate, which MIME types don't tell: {reason}, {note}, or null for nothing. */
async function remark(picture) {
  const info = picture && (await decodingInfo(picture.video));
  if (!info) return null;
  if (!info.supported) return { reason: refusal({ ...picture.track, playable: true }) };
  if (info.smooth || !isMuch(picture.video)) return null;
  return { note: `At ${picture.video.width} × ${picture.video.height} it may not play smoothly here.` };
}

/** The verdict when the browser was asked about size and rate, too. */
export async function carefulVerdict(entry) {
  const first = verdict(entry, playsHere);
  const said = first?.plays && (await remark(pictureToDecode(entry)));
  if (said?.reason) return { plays: false, reason: said.reason };
  return said?.note && !first.note ? { plays: true, note: said.note } : first;
}

/** The same of what the server sends, by its `open` message. */
export function remarkOn(open) {
  const sent = open.streams.flatMap(({ tracks }) => tracks);
  return remark(decodable(open.tracks.find(({ id, kind }) => kind === 'video' && sent.includes(id))));
}
