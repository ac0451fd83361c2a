// The control bar of the player. It shows what the media element reports and acts on the media element only.

import { make } from './dom.js';
import { clockTime, speed, spokenTime } from './format.js';
import { icon, setIcon } from './icons.js';
import { toList } from './ranges.js';

const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4];
const STEP = 5;
const VOLUME_STEP = 0.05;
const HIDE_MS = 2600;

export class Controls {
  #host;
  #video;
  #parts = {};
  #dragging = false;
  #hideTimer = null;
  #listening = new AbortController();

  /** `host` is made full screen, and told by the attribute `idle` when the bar may hide. */
  constructor(host, video) {
    this.#host = host;
    this.#video = video;
    this.element = this.#build();
    this.#bind();
    this.#showAll();
  }

  destroy() {
    clearTimeout(this.#hideTimer);
    this.#listening.abort();
  }

  togglePlay() {
    if (this.#video.paused || this.#video.ended) this.#video.play().catch(() => {});
    else this.#video.pause();
  }

  async toggleFullScreen() {
    if (document.fullscreenElement) return document.exitFullscreen();
    if (this.#host.requestFullscreen) return this.#host.requestFullscreen();
    // iPhones have full screen for the media element alone.
    return this.#video.webkitEnterFullscreen?.();
  }

  seekTo(time) {
    const { duration } = this.#video;
    if (Number.isNaN(duration)) return;
    this.#video.currentTime = Math.min(Math.max(0, time), duration);
  }

  /** Acts on a key press; true when it meant something here. */
  handleKey(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false;
    const action = this.#keyAction(event);
    if (!action) return false;
    event.preventDefault();
    action();
    this.wake();
    return true;
  }

  /** Shows the bar, which hides again after a while of playing untouched. */
  wake() {
    this.#host.removeAttribute('idle');
    clearTimeout(this.#hideTimer);
    this.#hideTimer = setTimeout(() => this.#rest(), HIDE_MS);
  }

  #rest() {
    const busy = this.#video.paused || this.#dragging || this.element.matches(':hover, :has(:focus-visible)');
    if (busy) this.wake();
    else this.#host.setAttribute('idle', '');
  }

  #keyAction(event) {
    const { target } = event;
    if (target.closest?.('input:not([type=range]), textarea, [contenteditable]')) return null;
    const onButton = target.closest?.('button, a, select');
    const onVolume = target === this.#parts.volume;
    const onSelect = target === this.#parts.speed;
    switch (event.key) {
      case ' ':
        return onButton ? null : () => this.togglePlay();
      case 'k':
        return () => this.togglePlay();
      case 'ArrowLeft':
        return onVolume || onSelect ? null : () => this.seekTo(this.#video.currentTime - STEP);
      case 'ArrowRight':
        return onVolume || onSelect ? null : () => this.seekTo(this.#video.currentTime + STEP);
      case 'ArrowUp':
        return onVolume || onSelect ? null : () => this.#setVolume(this.#video.volume + VOLUME_STEP);
      case 'ArrowDown':
        return onVolume || onSelect ? null : () => this.#setVolume(this.#video.volume - VOLUME_STEP);
      case 'f':
        return () => this.toggleFullScreen();
      case 'm':
        return () => this.#toggleMute();
      default:
        return null;
    }
  }

  #toggleMute() {
    const { muted, volume } = this.#video;
    if (!muted && volume === 0) this.#video.volume = 0.5;
    else this.#video.muted = !muted;
  }

  #setVolume(volume) {
    this.#video.volume = Math.min(1, Math.max(0, volume));
    this.#video.muted = false;
  }

  // ---- building

  #build() {
    const p = this.#parts;
    p.buffered = make('div', { class: 'buffered' });
    p.seek = make('input', { type: 'range', class: 'seek', min: '0', max: '0', step: 'any', value: '0', 'aria-label': 'Position' });
    p.tip = make('output', { class: 'tip', hidden: true, 'aria-hidden': 'true' });
    p.play = iconButton('play', 'Play', 'play');
    p.time = make('span', { class: 'time' });
    p.mute = iconButton('loud', 'Mute', 'mute');
    p.volume = make('input', { type: 'range', class: 'volume', min: '0', max: '1', step: '0.01', 'aria-label': 'Volume' });
    const options = SPEEDS.map((rate) => make('option', { value: String(rate), textContent: speed(rate) }));
    p.speed = make('select', { class: 'speed', title: 'Speed', 'aria-label': 'Speed' }, ...options);
    p.full = iconButton('enlarge', 'Full screen', 'full');
    p.bar = make('div', { class: 'timeline' }, make('div', { class: 'rail' }, p.buffered), p.seek, p.tip);
    const row = make('div', { class: 'row' }, p.play, p.time, make('span', { class: 'gap' }), p.mute, p.volume, p.speed, p.full);
    return make('div', { class: 'controls' }, p.bar, row);
  }

  #bind() {
    const { signal } = this.#listening;
    const on = (target, names, handler) => {
      for (const name of names.split(' ')) target.addEventListener(name, handler, { signal });
    };
    const p = this.#parts;
    on(p.play, 'click', () => this.togglePlay());
    on(p.mute, 'click', () => this.#toggleMute());
    on(p.full, 'click', () => this.toggleFullScreen().catch(() => {}));
    on(p.volume, 'input', () => this.#setVolume(Number(p.volume.value)));
    on(p.speed, 'change', () => {
      this.#video.playbackRate = Number(p.speed.value);
    });
    on(p.seek, 'input', () => {
      this.#dragging = true;
      this.seekTo(Number(p.seek.value));
      this.#showTime();
    });
    on(p.seek, 'change pointerup blur', () => {
      this.#dragging = false;
    });
    on(p.bar, 'pointermove', (event) => this.#showTip(event));
    on(p.bar, 'pointerleave', () => {
      p.tip.hidden = true;
    });
    on(this.#host, 'pointermove pointerdown focusin', () => this.wake());
    on(this.#video, 'play pause ended seeking playing', () => this.#showPlaying());
    on(this.#video, 'timeupdate seeking seeked durationchange', () => this.#showTime());
    on(this.#video, 'progress timeupdate seeked durationchange', () => this.#showBuffered());
    on(this.#video, 'volumechange', () => this.#showVolume());
    on(this.#video, 'ratechange', () => this.#showSpeed());
    on(document, 'fullscreenchange', () => this.#showFullScreen());
  }

  // ---- showing what is

  #showAll() {
    this.#showPlaying();
    this.#showTime();
    this.#showVolume();
    this.#showSpeed();
  }

  #showPlaying() {
    const { paused, ended } = this.#video;
    const [name, label] = ended ? ['replay', 'Play again'] : paused ? ['play', 'Play'] : ['pause', 'Pause'];
    labelButton(this.#parts.play, name, label);
    this.#host.toggleAttribute('playing', !paused && !ended);
  }

  #showTime() {
    const { seek, time } = this.#parts;
    const { duration, currentTime } = this.#video;
    const known = Number.isFinite(duration);
    seek.disabled = !known;
    seek.max = known ? String(duration) : '0';
    if (!this.#dragging) seek.value = String(currentTime);
    const shown = this.#dragging ? Number(seek.value) : currentTime;
    time.textContent = `${clockTime(shown)} / ${clockTime(duration)}`;
    seek.setAttribute('aria-valuetext', `${spokenTime(shown)} of ${spokenTime(duration)}`);
    this.#parts.bar.style.setProperty('--played', known && duration > 0 ? String(shown / duration) : '0');
  }

  #showBuffered() {
    const { duration } = this.#video;
    const list = Number.isFinite(duration) && duration > 0 ? toList(this.#video.buffered) : [];
    this.#parts.buffered.replaceChildren(
      ...list.map(({ start, end }) => {
        const part = make('i');
        part.style.left = `${(start / duration) * 100}%`;
        part.style.width = `${((end - start) / duration) * 100}%`;
        return part;
      }),
    );
  }

  #showVolume() {
    const { muted, volume } = this.#video;
    const heard = muted ? 0 : volume;
    const [name, label] = heard === 0 ? ['muted', 'Sound on'] : [heard < 0.5 ? 'quiet' : 'loud', 'Mute'];
    labelButton(this.#parts.mute, name, label);
    this.#parts.volume.value = String(heard);
    this.#parts.volume.style.setProperty('--level', String(heard));
  }

  #showSpeed() {
    const { speed: select } = this.#parts;
    const rate = String(this.#video.playbackRate);
    if (![...select.options].some((option) => option.value === rate)) {
      select.append(make('option', { value: rate, textContent: speed(Number(rate)) }));
    }
    select.value = rate;
  }

  #showFullScreen() {
    const full = document.fullscreenElement === this.#host;
    labelButton(this.#parts.full, full ? 'reduce' : 'enlarge', full ? 'Leave full screen' : 'Full screen');
  }

  #showTip(event) {
    const { tip, seek } = this.#parts;
    const { duration } = this.#video;
    const box = seek.getBoundingClientRect();
    if (!Number.isFinite(duration) || box.width === 0) return;
    const part = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    tip.hidden = false;
    tip.textContent = clockTime(part * duration);
    tip.style.left = `${part * 100}%`;
  }
}

function iconButton(name, label, className) {
  const button = make('button', { type: 'button', class: className }, icon(name));
  labelButton(button, name, label);
  return button;
}

function labelButton(button, name, label) {
  setIcon(button.firstChild, name);
  button.title = label;
  button.setAttribute('aria-label', label);
}
