// Captions and subtitles: <track> elements of the media element, which fetches a text when it is switched on.

const REFRESH_MS = 10000;

const keyOf = (cue) => `${cue.startTime} ${cue.endTime} ${cue.text}`;

export class TextTracks {
  #video;
  #tracks = [];
  #growing = false;
  #refreshed = 0;

  constructor(video, signal) {
    this.#video = video;
    video.addEventListener('durationchange', () => this.#grow(), { signal });
  }

  /** `list` as /api/info has it; `urlOf(id)` is where the text is; with `growing` more of it is asked for as the film grows. */
  set(list, urlOf, growing = false) {
    for (const track of this.#tracks) track.remove();
    this.#growing = growing;
    this.#tracks = list.map(({ id, kind, lang, label, default: isDefault }) => {
      const track = newTrack(kind, urlOf(id));
      track.label = label;
      track.srclang = lang === 'und' ? '' : lang;
      // Nearly every text track in a file is flagged so, since writers flag the first of each kind.
      track.default = Boolean(isDefault) && !/^\d+$/.test(id);
      return track;
    });
    this.#video.append(...this.#tracks);
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

function newTrack(kind, src) {
  const track = document.createElement('track');
  track.kind = kind;
  track.src = src;
  return track;
}
