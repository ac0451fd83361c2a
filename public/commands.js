// What a viewer can tell the player to do. It acts on the media element; what is shown follows its events.

export const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 3, 4];

/** The speed that is `step` places faster than `rate` in the list; past its ends, the last there is. */
export function speedFrom(rate, step) {
  const beyond = SPEEDS.filter((speed) => (step > 0 ? speed > rate + 0.001 : speed < rate - 0.001));
  if (step < 0) beyond.reverse();
  return beyond[Math.abs(step) - 1] ?? SPEEDS.at(step > 0 ? -1 : 0);
}

export class Commands {
  #host;
  #media;
  #captions = null;
  #panels;

  /** `host` is made full screen and sends events; `panels` has toggle(name) for "statistics" and "help". */
  constructor(host, media, panels) {
    this.#host = host;
    this.#media = media;
    this.#panels = panels;
  }

  togglePlay() {
    if (this.#media.paused || this.#media.ended) this.#media.play().catch(() => {});
    else this.#media.pause();
  }

  seekBy(seconds) {
    this.seekTo(this.#media.currentTime + seconds);
  }

  seekToPart(part) {
    this.seekTo(part * this.#media.duration);
  }

  seekTo(time) {
    const { duration, seekable } = this.#media;
    if (Number.isNaN(duration) || Number.isNaN(time)) return;
    const end = Number.isFinite(duration) ? duration : seekable.length ? seekable.end(seekable.length - 1) : 0;
    this.#media.currentTime = Math.min(Math.max(0, time), end);
  }

  louderBy(step) {
    const volume = Math.min(1, Math.max(0, this.#media.volume + step));
    // media-chrome, once it is there, keeps what it is asked for.
    this.#media.dispatchEvent(new CustomEvent('mediavolumerequest', { detail: volume, bubbles: true, composed: true }));
    this.#media.volume = volume;
    this.#media.muted = false;
  }

  toggleMute() {
    const { muted, volume } = this.#media;
    if (!muted && volume === 0) this.#media.volume = 0.5;
    else this.#media.muted = !muted;
  }

  speedBy(step) {
    this.#media.playbackRate = speedFrom(this.#media.playbackRate, step);
  }

  /** Off, or on with those that were on last, else the first there are. */
  toggleCaptions() {
    const all = [...this.#media.textTracks].filter(({ kind }) => kind === 'subtitles' || kind === 'captions');
    const showing = all.find(({ mode }) => mode === 'showing');
    if (showing) {
      this.#captions = showing;
      showing.mode = 'disabled';
      return;
    }
    const next = all.includes(this.#captions) ? this.#captions : inViewersLanguage(all);
    if (next) next.mode = 'showing';
  }

  async toggleFullScreen() {
    if (document.fullscreenElement) return document.exitFullscreen();
    if (this.#host.requestFullscreen) return this.#host.requestFullscreen().catch(() => {});
    // iPhones have full screen for the media element alone.
    return this.#media.nativeEl.webkitEnterFullscreen?.();
  }

  async togglePictureInPicture() {
    if (document.pictureInPictureElement) return document.exitPictureInPicture();
    if (!document.pictureInPictureEnabled || !this.#media.videoWidth) return undefined;
    return this.#media.requestPictureInPicture().catch(() => {});
  }

  toggleStatistics() {
    this.#panels.toggle('statistics');
  }

  toggleHelp() {
    this.#panels.toggle('help');
  }

  goPrevious() {
    this.#go('previous');
  }

  goNext() {
    this.#go('next');
  }

  #go(where) {
    if (this.#host.hasAttribute(where)) this.#host.dispatchEvent(new Event(`vod-${where}`, { bubbles: true, composed: true }));
  }
}

function inViewersLanguage(tracks, languages = globalThis.navigator?.languages ?? []) {
  const base = (tag) => String(tag).toLowerCase().split('-')[0];
  return tracks.find((track) => languages.some((language) => base(language) === base(track.language))) ?? tracks[0];
}
