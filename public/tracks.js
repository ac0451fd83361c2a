// Which tracks this browser can play, and how to say it when it cannot. Pure.

import { codecWithName, languageName } from './format.js';

const isMedia = (track) => track.kind === 'video' || track.kind === 'audio';
const mimeOf = (track) => track.mime || `${track.kind}/mp4; codecs="${track.codec}"`;

/** One sentence that names the track and its codec. */
export function refusal(track) {
  if (track.playable === false && track.reason) {
    const named = !track.codec || track.reason.includes(track.codec);
    return named ? track.reason : `The ${track.kind} (${codecWithName(track.codec)}) cannot be played: ${track.reason}`;
  }
  return `This browser cannot play the ${track.kind}: its codec ${codecWithName(track.codec)} is not supported.`;
}

/**
 * Decides what to do with the streams the server offers in `open`. `soundOnly`: the viewer agreed to do without the
 * picture. Answers one of
 *   {play: true, note}           as offered; `note` says what is left out, or is ""
 *   {tracks: [ids], note}        connect anew with these
 *   {refuse: sentence, sound}    nothing to be done; `sound` are the ids that would play without the picture, or []
 */
export function chooseTracks(open, canPlay, soundOnly = false) {
  const playable = (track) => track.playable !== false && canPlay(mimeOf(track));
  const media = open.tracks.filter(isMedia);
  const offered = open.streams.flatMap((stream) => stream.tracks);
  const chosen = ['video', 'audio'].flatMap((kind) => {
    const ofKind = media.filter((track) => track.kind === kind);
    const first = ofKind.find((track) => offered.includes(track.id) && playable(track));
    return first ?? ofKind.find(playable) ?? [];
  });
  const sound = chosen.filter((track) => track.kind === 'audio').map((track) => track.id);
  const missing = missingKinds(media, chosen, offered);

  if (missing.video && !soundOnly) return { refuse: refusal(missing.video), sound };
  if (chosen.length === 0) {
    const first = missing.audio ?? missing.video;
    return { refuse: first ? refusal(first) : 'This file holds no video and no sound.', sound: [] };
  }

  const note = describeLoss(missing, open.tracks, chosen, offered);
  const left = chosen.find(({ kind }) => !media.some((track) => track.kind === kind && offered.includes(track.id)));
  if (open.streams.every((stream) => canPlay(stream.mime))) return { play: true, note: note || (soundOnly ? '' : describeLeft(left)) };
  const ids = chosen.map((track) => track.id);
  if (ids.length === offered.length && ids.every((id) => offered.includes(id))) {
    const codecs = chosen.map((track) => codecWithName(track.codec)).join(' with ');
    return { refuse: `This browser cannot play ${codecs}.`, sound: [] };
  }
  return { tracks: ids, note };
}

/** The sounds that a viewer can choose from, [{id, kind, label, lang}], where `kind` and `label` are an AudioTrack's. */
export function soundsOf(open, canPlay) {
  const playable = open.tracks.filter((track) => track.kind === 'audio' && track.playable !== false && canPlay(track.mime));
  return playable.map((track, k) => ({
    id: track.id, kind: track.default ? 'main' : 'alternative', label: soundLabel(track, k), lang: track.lang ?? '',
  }));
}

/** What a sound is called in a menu. */
function soundLabel({ label, lang }, k) {
  const language = languageName(lang);
  return [label, label?.includes(language) ? '' : language].filter(Boolean).join(' – ') || `Track ${k + 1}`;
}

function missingKinds(media, chosen, offered) {
  const missing = {};
  for (const kind of ['video', 'audio']) {
    if (chosen.some((track) => track.kind === kind)) continue;
    const ofKind = media.filter((track) => track.kind === kind);
    missing[kind] = ofKind.find((track) => offered.includes(track.id)) ?? ofKind[0];
  }
  return missing;
}

/** Says what the server left out although it could be played, as nobody asked for it. */
function describeLeft(left) {
  if (!left) return '';
  return left.kind === 'video' ? 'There is sound only.' : 'There is no sound.';
}

function describeLoss(missing, tracks, chosen, offered) {
  if (missing.video) return `There is sound only. ${refusal(missing.video)}`;
  if (missing.audio) return `There is no sound. ${refusal(missing.audio)}`;
  const swapped = chosen.find((track) => !offered.includes(track.id));
  const instead = swapped && tracks.find((track) => track.kind === swapped.kind && offered.includes(track.id));
  return instead ? `Another ${swapped.kind} track is played. ${refusal(instead)}` : '';
}
