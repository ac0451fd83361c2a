// <live-list>: the live streams there are, with state and viewers.

import { make } from './dom.js';

const ASK_MS = 3000;
const BASE = new URL('..', import.meta.url);

const STATES = { live: 'Live', connecting: 'Connecting', waiting: 'Interrupted', idle: 'Begins when watched', ended: 'Over' };

/** What is said of a stream beside its name. */
export function remark({ state, viewers, reason, recording }) {
  const watched = viewers === 1 ? '1 viewer' : `${viewers} viewers`;
  return [STATES[state] ?? state, viewers > 0 && watched, state === 'waiting' && reason, recorded(recording)].filter(Boolean).join(' · ');
}

function recorded(recording) {
  if (recording?.reason) return `not recorded: ${recording.reason}`;
  return recording?.path && 'recorded';
}

if (globalThis.HTMLElement && !customElements.get('live-list')) {
  customElements.define('live-list', class extends HTMLElement {
    #timer = null;

    connectedCallback() {
      this.#timer = setInterval(() => document.visibilityState === 'visible' && this.#ask(), ASK_MS);
      this.#ask();
    }

    disconnectedCallback() {
      clearInterval(this.#timer);
    }

    async #ask() {
      try {
        const response = await fetch(new URL('api/live', BASE));
        if (response.ok) this.#show((await response.json()).streams);
      } catch {
        // What is shown stays until the server can be asked again.
      }
    }

    #show(streams) {
      for (const stream of streams) {
        const line = this.querySelector(`li[data-name="${CSS.escape(stream.name)}"]`) ?? this.#add(stream.name);
        line.dataset.state = stream.state;
        line.querySelector('.remark').textContent = remark(stream);
      }
    }

    #add(name) {
      const link = make('a', { href: new URL(`live/${name}`, BASE), textContent: name });
      const line = make('li', { 'data-name': name }, link, ' ', make('span', { class: 'remark' }));
      this.querySelector('ul').append(line);
      return line;
    }
  });
}
