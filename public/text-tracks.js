// Captions and subtitles: <track> elements of the media element, which fetches a text when it is switched on.

const REFRESH_MS = 10000;
const CHOICE = 'vodsrv.captions';

const base = (tag) => String(tag).toLowerCase().split('-')[0];

/**
 * The text of `list` that is shown when a film begins, or null. `choice` is what the viewer chose last: a language, ""
 * for none, null if nothing; `languages` are the browser's. Else a file beside the film is shown that is named `default`, or
 * `forced` in a language of the browser's or in none. What a track in the film is flagged as does not count: writers flag the first
 * of each kind. Pure.
 */
export function textShown(list, choice, languages) {
  if (choice === '') return null;
  const full = list.filter(({ forced }) => !forced);
  const same = choice && (full.find(({ lang }) => lang === choice) ?? full.find(({ lang }) => base(lang) === base(choice)));
  if (same) return same;
  const beside = list.filter(({ id }) => !/^\d+$/.test(id));
  const meant = ({ lang }) => lang === 'und' || languages.some((language) => base(language) === base(lang));
  return beside.find((text) => text.default) ?? beside.find((text) => text.forced && meant(text)) ?? null;
}

const keyOf = (cue) => `${cue.startTime} ${cue.endTime} ${cue.text}`;

export class TextTracks {
  #video;
  #tracks = [];
  #growing = false;
  #refreshed = 0;
  #shown = null; // the track that is on, as far as is known here
  #storage;

  constructor(video, signal, storage = ownStorage()) {
    this.#video = video;
    this.#storage = storage;
    video.textTracks.addEventListener('change', () => this.#learn(), { signal });
    video.addEventListener('durationchange', () => this.#grow(), { signal });
  }

  /** `list` as /api/info has it; `urlOf(id)` is where the text is; with `growing` more of it is asked for as the film grows. */
  set(list, urlOf, growing = false) {
    for (const track of this.#tracks) track.remove();
    this.#growing = growing;
    this.#tracks = list.map(({ id, kind, lang, label }) => {
      const track = newTrack(kind, urlOf(id));
      track.label = label;
      track.srclang = lang === 'und' ? '' : lang;
      return track;
    });
    this.#video.append(...this.#tracks);
    const shown = textShown(list, this.#storage?.getItem(CHOICE) ?? null, navigator.languages ?? []);
    this.#shown = shown && this.#tracks[list.indexOf(shown)];
    if (this.#shown) this.#shown.track.mode = 'showing';
  }

  /** What the viewer switches on or off is remembered for other films. */
  #learn() {
    const shown = this.#tracks.find(({ track }) => track.mode === 'showing') ?? null;
    if (shown === this.#shown || this.#tracks.length === 0) return;
    this.#shown = shown;
    if (!shown || shown.srclang) this.#keep(shown?.srclang ?? '');
  }

  #keep(choice) {
    try {
      this.#storage?.setItem(CHOICE, choice);
    } catch {
      // Storage may be full: the next film begins as this one did.
    }
  }

  #grow() {
    const now = performance.now();
    if (!this.#growing || now - this.#refreshed < REFRESH_MS) return;
    this.#refreshed = now;
    for (const element of this.#tracks) if (element.track.mode !== 'disabled' && element.readyState === 2) this.#refresh(element);
  }

  /** Adds what has come to a text that is shown, which stays as it is. */
  #refresh(element) {
    const fresh = newTrack('metadata', element.src);
    const done = () => fresh.remove();
    fresh.addEventListener('error', done);
    fresh.addEventListener('load', () => {
      const known = new Set([...(element.track.cues ?? [])].map(keyOf));
      for (const cue of [...fresh.track.cues]) {
        if (known.has(keyOf(cue))) continue;
        fresh.track.removeCue(cue);
        element.track.addCue(cue);
      }
      done();
    });
    this.#video.append(fresh);
    fresh.track.mode = 'hidden';
  }
}

function ownStorage() {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}

function newTrack(kind, src) {
  const track = document.createElement('track');
  track.kind = kind;
  track.src = src;
  return track;
}
