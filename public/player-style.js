// How <vod-player> looks. It is dark in light and dark alike, as a cinema is. Variables and parts are in docs/player.md.

export const PLAYER = new CSSStyleSheet();

PLAYER.replaceSync(`
:host {
  display: block;
  --on: #ffffff;
  --accent-color: var(--vod-accent, #7fd8c9);
  --pane: rgb(18 22 24 / 94%);
  --media-font-family: inherit;
  --media-primary-color: var(--on);
  --media-secondary-color: transparent;
  --media-control-background: transparent;
  --media-control-hover-background: rgb(255 255 255 / 16%);
  --media-focus-box-shadow: inset 0 0 0 2px var(--accent-color);
  --media-font-size: 0.875rem;
  --media-font-weight: 500;
  --media-control-height: 1.5rem;
  --media-control-padding: 0.5rem;
  --media-range-bar-color: var(--accent-color);
  --media-range-track-background: rgb(255 255 255 / 24%);
  --media-time-range-buffered-color: rgb(255 255 255 / 38%);
  --media-range-track-border-radius: 99px;
  --media-range-thumb-height: 0.875rem;
  --media-range-thumb-width: 0.875rem;
  --media-menu-background: var(--pane);
  --media-settings-menu-background: var(--pane);
  --media-menu-border-radius: 10px;
  --media-settings-menu-min-width: 11rem;
  --media-menu-item-hover-background: rgb(255 255 255 / 14%);
  --media-menu-item-checked-background: none;
  --media-menu-item-focus-shadow: inset 0 0 0 2px var(--accent-color);
  --media-tooltip-background-color: var(--pane);
  --media-preview-background: transparent;
  --media-preview-time-background: var(--pane);
  --media-preview-time-border-radius: 6px;
  --media-preview-time-padding: 2px 8px;
  --media-preview-chapter-background: var(--pane);
  --media-box-arrow-display: none;
  font-family: var(--vod-font, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif);
  line-height: 1.5;
}

/* The focus lies here for the keys; a frame around the whole picture would tell nothing. */
:host(:focus) {
  outline: none !important;
}

:host([hidden]),
[hidden] {
  display: none !important;
}

*,
::before,
::after {
  box-sizing: border-box;
}

.screen {
  position: relative;
  overflow: hidden;
  aspect-ratio: var(--vod-aspect-ratio, 16 / 9);
  width: 100%;
  max-height: var(--vod-max-height, 100svh);
  border-radius: var(--vod-radius, 0);
  background: #000;
  color: var(--on);
  user-select: none;
  -webkit-user-select: none;
}

media-controller {
  display: block;
  width: 100%;
  height: 100%;
  color: inherit;
}

ws-video {
  display: block;
  width: 100%;
  height: 100%;
}

media-controller:focus,
ws-video:focus {
  outline: none;
}

/* Captions give way to the controls. Firefox has no such place to move. */
ws-video {
  --media-webkit-text-track-transition: transform 0.2s;
}

media-controller:not([userinactive]) ws-video,
media-controller[mediapaused] ws-video {
  --media-webkit-text-track-transform: translateY(-4.5rem);
}

/* Until media-chrome is there its elements have no shape, and would only jump. */
:not(:defined):not(media-controller):not(ws-video) {
  visibility: hidden;
}

media-controller:not(:defined) > :not(ws-video) {
  display: none;
}

:host(:fullscreen) {
  background: #000;
}

:host(:fullscreen) .screen {
  height: 100%;
  max-height: none;
  aspect-ratio: auto;
  border-radius: 0;
}

:host(:fullscreen) .note {
  display: none;
}

media-control-bar {
  padding-inline: 0.5rem;
}

.timeline {
  padding-top: 3rem;
  background: linear-gradient(transparent, rgb(0 0 0 / 50%));
  pointer-events: none !important;
}

.timeline > * {
  pointer-events: auto;
}

.row {
  display: flex;
  align-items: center;
  padding-bottom: 0.25rem;
  background: linear-gradient(rgb(0 0 0 / 50%), rgb(0 0 0 / 75%));
}

media-time-range {
  width: 100%;
  height: 1.5rem;
  --media-control-hover-background: none;
  --media-range-track-height: 5px;
}

.row > *,
.loudness > * {
  border-radius: 8px;
}

.loudness {
  display: inline-flex;
}

media-volume-range {
  width: 5.5rem;
  --media-control-hover-background: none;
  --media-range-bar-color: var(--on);
}

media-time-display {
  --media-control-hover-background: none;
  font-variant-numeric: tabular-nums;
}

.chapter {
  flex: 1;
  min-width: 0;
  padding-inline: 0.5rem;
  overflow: hidden;
  font-size: 0.875rem;
  line-height: 1.5;
  text-overflow: ellipsis;
  white-space: nowrap;
  opacity: 0.85;
}

.row .icon {
  width: 1.5rem;
  height: 1.5rem;
  fill: currentColor;
}

media-settings-menu,
media-captions-menu,
media-audio-track-menu {
  border-radius: 10px;
  --media-menu-max-height: min(20rem, 70cqh);
  translate: -0.5rem -1.25rem;
  line-height: 1.4;
  box-shadow: 0 4px 20px rgb(0 0 0 / 40%);
}

media-captions-menu-button:not([mediasubtitleslist]),
media-audio-track-menu-button:not([several]),
media-pip-button[mediapipunavailable],
media-fullscreen-button[mediafullscreenunavailable] {
  display: none;
}

.preview {
  width: 10rem;
  aspect-ratio: 16 / 9;
  margin-bottom: 4px;
  border: 1px solid rgb(255 255 255 / 30%);
  border-radius: 6px;
  background: #000;
  object-fit: contain;
}

.sound,
.spinner,
.big,
.failure,
.panel {
  position: absolute;
  inset: 0;
  margin: auto;
}

.sound {
  display: none;
  place-items: center;
  background: linear-gradient(160deg, #20383a, #101719) center / cover;
  color: rgb(255 255 255 / 28%);
  pointer-events: none;
}

.sound .icon {
  width: 5rem;
  height: 5rem;
  margin-bottom: 3rem;
  fill: currentColor;
}

:host([sound-only]) .sound {
  display: grid;
}

.sound.covered {
  background: #000 center / contain no-repeat;
}

.sound.covered .icon {
  display: none;
}

:host([sound-only]:not(:fullscreen)) .screen:has(.covered) {
  height: 22rem;
}

/* The picture for the ears lies below the controls. */
:host([sound-only]) media-controller {
  position: relative;
  z-index: 1;
  --media-background-color: transparent;
}

:host([sound-only]:not(:fullscreen)) .screen {
  aspect-ratio: auto;
  height: 15rem;
}

.spinner {
  visibility: hidden;
  width: 3rem;
  height: 3rem;
  border: 3px solid rgb(255 255 255 / 25%);
  border-top-color: var(--on);
  border-radius: 50%;
  pointer-events: none;
}

/* A wait too short to be noticed needs no sign. */
:host([waiting]:not([failed])) .spinner {
  animation:
    turn 0.9s linear infinite,
    appear 0s 0.35s forwards;
}

@keyframes turn {
  to {
    rotate: 360deg;
  }
}

@keyframes appear {
  to {
    visibility: visible;
  }
}

button {
  font: inherit;
  color: inherit;
  cursor: pointer;
}

button:focus-visible,
a:focus-visible {
  outline: 2px solid var(--accent-color);
  outline-offset: 2px;
}

.big {
  z-index: 1;
  display: grid;
  place-items: center;
  width: 5rem;
  height: 5rem;
  border: 0;
  border-radius: 50%;
  background: rgb(0 0 0 / 60%);
  transition: background 0.15s;
}

.big:hover {
  background: #12685f;
}

.big .icon {
  width: 2.5rem;
  height: 2.5rem;
  fill: currentColor;
}

.unmute,
.trouble {
  position: absolute;
  z-index: 1;
  top: 1rem;
  left: 1rem;
  margin: 0;
  padding: 0.5rem 1rem;
  border: 0;
  border-radius: 99px;
  background: var(--pane);
  font-size: 0.9375rem;
}

.unmute {
  display: flex;
  align-items: center;
  gap: 0.5rem;
  background: rgb(255 255 255 / 92%);
  color: #14181a;
  font-weight: 550;
}

.unmute .icon {
  width: 1.5em;
  height: 1.5em;
  fill: currentColor;
}

.trouble {
  left: auto;
  right: 1rem;
}

.failure {
  z-index: 2;
  display: grid;
  place-content: center;
  gap: 1.25rem;
  padding: 1.5rem;
  background: #14181a;
  text-align: center;
  user-select: text;
  -webkit-user-select: text;
}

.failure p {
  max-width: 36rem;
  margin: 0 auto;
  font-size: 1.0625rem;
  text-wrap: balance;
  overflow-wrap: anywhere;
}

.actions {
  display: flex;
  flex-wrap: wrap;
  justify-content: center;
  gap: 0.625rem;
}

.button {
  padding: 0.5rem 1.125rem;
  border: 1px solid rgb(255 255 255 / 30%);
  border-radius: 99px;
  background: none;
  color: var(--on);
  font-size: 0.9375rem;
  text-decoration: none;
}

.button:first-child {
  border-color: transparent;
  background: var(--on);
  color: #14181a;
  font-weight: 550;
}

.button:hover {
  border-color: var(--accent-color);
}

:host([failed]) media-controller > :not(ws-video) {
  display: none;
}

.note {
  margin: 0.75rem 0 0;
  padding: 0.625rem 1rem;
  border-radius: var(--vod-radius, 0);
  background: light-dark(#fbeedb, #35260f);
  color: light-dark(#8a4b08, #efb876);
  font-size: 0.9375rem;
}

.panel {
  z-index: 2;
  inset: 1rem auto auto 1rem;
  max-width: calc(100% - 2rem);
  max-height: calc(100% - 6rem);
  overflow: auto;
  padding: 0.75rem 1rem;
  border-radius: 10px;
  background: var(--pane);
  font-size: 0.8125rem;
  user-select: text;
  -webkit-user-select: text;
}

.panel h2 {
  margin: 0 2.5rem 0.375rem 0;
  font-size: 0.9375rem;
}

.panel dl {
  display: grid;
  grid-template-columns: auto 1fr;
  gap: 0.125rem 1rem;
  margin: 0;
}

.panel dt {
  color: rgb(255 255 255 / 72%);
  white-space: nowrap;
}

.panel dd {
  margin: 0;
  overflow-wrap: anywhere;
  font-variant-numeric: tabular-nums;
}

.panel .close {
  position: absolute;
  top: 0.375rem;
  right: 0.375rem;
  width: 2rem;
  height: 2rem;
  padding: 0;
  border: 0;
  border-radius: 8px;
  background: none;
  font-size: 1.125rem;
  line-height: 1;
}

.panel .close:hover {
  background: rgb(255 255 255 / 16%);
}

.panel.help dt {
  font-weight: 600;
  color: var(--on);
}

@media (pointer: coarse) {
  :host {
    --media-control-padding: 0.625rem;
  }

  /* Phones have volume keys. */
  media-volume-range {
    display: none;
  }

  media-time-range {
    height: 2.25rem;
  }
}

@container (max-width: 34rem) {
  media-volume-range,
  media-pip-button {
    display: none;
  }

  .chapter {
    padding-inline: 0;
  }

  .preview {
    width: 7.5rem;
  }
}

:host {
  container-type: inline-size;
}

@media (prefers-reduced-motion: reduce) {
  *,
  ::before,
  ::after {
    transition: none !important;
  }
}
`);
