// Which tracks of a film are played: the server's choice or the viewer's, of those that the browser can play, without those
// that have nothing to play for a while. Pure.

import { covering } from './coverage.js';
import { chooseTracks } from './tracks.js';

/** Tracks are named by their ids. `streams` (Streams) are those that come, `canPlay(mime)` tells what the browser can play. */
export class TrackChoice {
  #streams;
  #canPlay;
  #chosen; // null for the server's choice
  #soundOnly;
  #all = null; // all that are to be played, where some are left out for a while

  /** Begins with the tracks `chosen`, if any; `soundOnly` when the viewer agreed to miss the picture. */
  constructor(streams, canPlay, { tracks: chosen = null, soundOnly = false } = {}) {
    this.#streams = streams;
    this.#canPlay = canPlay;
    this.#chosen = chosen;
    this.#soundOnly = soundOnly;
  }

  /** Those that the server is to be asked for, or null. */
  get chosen() {
    return this.#chosen;
  }

  /** Those that come, or were chosen and will. */
  get tracks() {
    return this.#chosen ?? this.#streams.tracks;
  }

  /** What was chosen comes. */
  get settled() {
    return this.#chosen === null || this.#streams.carry(this.#chosen);
  }

  /**
   * Judges the tracks that the server offers in `open`, to be played from `time` on, and answers as chooseTracks() does. Where it
   * answers {tracks}, these are chosen from now on.
   */
  judge(open, time) {
    const choice = chooseTracks(this.#all ? withTracks(open, this.#chosen) : open, this.#canPlay, this.#soundOnly);
    if (choice.refuse) return choice;
    if (choice.tracks) return this.#chooseAnew(choice.tracks);
    const offered = open.streams.flatMap(({ tracks }) => tracks);
    const due = this.#due(open, time, offered);
    if (due.length >= offered.length) return choice;
    this.#all ??= offered;
    return this.#chooseAnew(due);
  }

  #chooseAnew(tracks) {
    if (this.#chosen?.join() === tracks.join()) return { refuse: 'The server does not send the tracks it was asked for.', sound: [] };
    this.#chosen = tracks;
    return { tracks };
  }

  /** Another sound of `film`, an `open` message, takes the place of the one there is. */
  chooseAudio(id, film) {
    if (!film) return;
    const isAudio = (track) => film.tracks.find((each) => each.id === track)?.kind === 'audio';
    if (this.#all) this.#all = this.#all.map((track) => (isAudio(track) ? id : track));
    // While a new source is made nothing comes.
    const coming = this.#streams.size > 0 ? this.#streams.tracks : this.#chosen ?? film.streams.flatMap(({ tracks }) => tracks);
    this.#chosen = [...coming.filter((track) => !isAudio(track)), id];
  }

  /** What was chosen cannot be had. */
  keep() {
    this.#chosen = this.#streams.tracks;
  }

  /** Chooses what has something to play at `time`, and answers whether that is another choice than before. */
  follow(film, time) {
    if (!film || !this.settled) return false;
    const { tracks } = this.#streams;
    const due = this.#due(film, time, tracks);
    if (tracks.length === 0 || this.#streams.carry(due)) return false;
    this.#all ??= tracks;
    this.#chosen = due;
    return true;
  }

  /** A film that grows does not know yet which of its tracks have something to play. */
  #due(film, time, present) {
    const all = this.#all ?? present;
    return film.growing ? all : covering(film.tracks, all, time, film.duration, present);
  }
}

/** The film as if it had no pictures and sounds but these. */
function withTracks(open, ids) {
  return { ...open, tracks: open.tracks.filter(({ id, kind }) => ids.includes(id) || (kind !== 'video' && kind !== 'audio')) };
}
