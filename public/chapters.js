// The chapters of a film: marks on the seek bar, and the name of the one that plays.

/** The chapter at a time, or null. Chapters are {start, title} in their order. Pure. */
export function chapterAt(chapters, time) {
  return chapters.findLast(({ start }) => start <= time) ?? null;
}

/** The cues that make the marks: {start, end, text} without gaps; text is as WebVTT wants it. Pure. */
export function chapterCues(chapters, duration) {
  const within = chapters.filter(({ start }, k) => start < duration && !(chapters[k + 1]?.start <= start));
  return within.map(({ start, title }, k) => ({ start, end: within[k + 1]?.start ?? duration, text: escapeText(title) }));
}

const escapeText = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Puts chapters into a media element, where media-chrome finds them, and the present one's title into `line`. */
export class Chapters {
  #video;
  #line;
  #track = null;
  #chapters = [];

  constructor(video, line, signal) {
    this.#video = video;
    this.#line = line;
    for (const name of ['timeupdate', 'seeking']) video.addEventListener(name, () => this.#show(), { signal });
    // A length may be known later than the chapters, and grow.
    video.addEventListener('durationchange', () => this.#mark(), { signal });
  }

  set(chapters) {
    this.#chapters = chapters;
    this.#mark();
    this.#show();
  }

  #mark() {
    const { duration, textTracks } = this.#video;
    if (this.#track) for (const cue of [...(this.#track.cues ?? [])]) this.#track.removeCue(cue);
    if (this.#chapters.length === 0 && !this.#track) return;
    if (!Number.isFinite(duration)) return;
    // Such a track can't be removed again: one serves for all films.
    this.#track ??= this.#video.addTextTrack('chapters', 'Chapters');
    this.#track.mode = 'hidden';
    for (const { start, end, text } of chapterCues(this.#chapters, duration)) this.#track.addCue(new VTTCue(start, end, text));
    textTracks.dispatchEvent(new Event('change'));
  }

  #show() {
    const title = chapterAt(this.#chapters, this.#video.currentTime)?.title ?? '';
    if (this.#line.textContent !== title) this.#line.textContent = title;
  }
}
