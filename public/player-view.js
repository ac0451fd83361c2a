// The inside of <vod-player>: its elements. The controls are media-chrome's, which may be defined later.

import { make } from './dom.js';
import { icon } from './icons.js';
import { SPEEDS } from './commands.js';

/** Builds the elements and answers them by name. `root` is what belongs into the shadow root. */
export function buildView(name) {
  const v = {};
  v.media = document.createElement('ws-video');
  v.media.slot = 'media';
  nameFilm(v, name);

  v.big = make('button', { type: 'button', class: 'big', hidden: true, 'aria-label': 'Play' }, icon('play'));
  v.unmute = make('button', { type: 'button', class: 'unmute', hidden: true }, icon('muted'), 'Turn the sound on');
  v.sentence = make('p');
  v.actions = make('div', { class: 'actions' });
  v.failure = make('div', { class: 'failure', role: 'alert', hidden: true }, v.sentence, v.actions);
  v.trouble = make('p', { class: 'trouble', role: 'status', hidden: true });
  v.note = make('p', { class: 'note', role: 'status', hidden: true });
  v.sound = make('div', { class: 'sound', 'aria-hidden': 'true' }, icon('audio'));
  v.spinner = make('div', { class: 'spinner', 'aria-hidden': 'true' });

  v.controller = chrome('media-controller', { nohotkeys: '', nomutedpref: '', part: 'controller' }, v.media, ...buildBars(v));
  v.screen = make('div', { class: 'screen' }, v.controller, v.sound, v.spinner, v.big, v.unmute, v.trouble, v.failure);
  v.screen.setAttribute('part', 'screen');
  v.note.setAttribute('part', 'note');
  v.root = [v.screen, v.note];
  return v;
}

/** Says what the film is called. */
export function nameFilm(view, name) {
  view.media.setAttribute('aria-label', name || 'Film');
}

function buildBars(v) {
  v.previewImage = make('img', { class: 'preview', alt: '', hidden: true });
  v.range = chrome('media-time-range', {},
    slotted('preview', v.previewImage),
    chrome('media-preview-chapter-display', { slot: 'preview' }),
    chrome('media-preview-time-display', { slot: 'preview' }));
  v.chapter = make('span', { class: 'chapter' });
  v.previous = stepButton('previous', 'Previous');
  v.next = stepButton('next', 'Next');
  v.audioButton = chrome('media-audio-track-menu-button');
  v.rates = chrome('media-playback-rate-menu', { slot: 'submenu', hidden: '', rates: SPEEDS.join(' ') }, title('Speed'));
  v.statistics = chrome('media-chrome-menu-item', {}, 'Statistics');
  v.help = chrome('media-chrome-menu-item', {}, 'Keys');
  return [
    chrome('media-settings-menu', { hidden: '', anchor: 'auto' },
      chrome('media-settings-menu-item', {}, 'Speed', v.rates), v.statistics, v.help),
    chrome('media-captions-menu', { hidden: '', anchor: 'auto' }),
    chrome('media-audio-track-menu', { hidden: '', anchor: 'auto' }),
    chrome('media-control-bar', { class: 'timeline' }, v.range),
    chrome('media-control-bar', { class: 'row' },
      chrome('media-play-button'), v.previous, v.next,
      make('span', { class: 'loudness' }, chrome('media-mute-button'), chrome('media-volume-range')),
      chrome('media-time-display', { showduration: '' }),
      v.chapter,
      chrome('media-captions-menu-button'),
      v.audioButton,
      chrome('media-settings-menu-button'),
      chrome('media-pip-button'),
      chrome('media-fullscreen-button')),
  ];
}

function chrome(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function slotted(slot, element) {
  element.slot = slot;
  return element;
}

function title(text) {
  return slotted('title', make('span', { textContent: text }));
}

function stepButton(name, label) {
  const button = chrome('media-chrome-button', { class: name, hidden: '', 'aria-label': label }, icon(name));
  button.append(slotted('tooltip-content', make('span', { textContent: label })));
  return button;
}
