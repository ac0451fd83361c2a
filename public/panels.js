// Panels over the picture: what can be read and closed again, as the statistics and the help.

import { giveUpFocus, make } from './dom.js';
import { help } from './keys.js';

export class Panels {
  #screen;
  #makers;
  #open = new Map();

  /** `makers` have for each name a function that answers {element, close}. */
  constructor(screen, makers) {
    this.#screen = screen;
    this.#makers = makers;
  }

  toggle(name) {
    if (this.#open.has(name)) this.close(name);
    else this.#show(name);
  }

  /** True when something was open. */
  closeAll() {
    const names = [...this.#open.keys()];
    for (const name of names) this.close(name);
    return names.length > 0;
  }

  close(name) {
    const panel = this.#open.get(name);
    if (!panel) return;
    this.#open.delete(name);
    panel.close?.();
    giveUpFocus(panel.element);
    panel.element.remove();
    panel.before?.focus?.();
  }

  #show(name) {
    const panel = this.#makers[name]();
    const close = make('button', { type: 'button', class: 'close', 'aria-label': 'Close', textContent: '✕', onclick: () => this.close(name) });
    panel.element.append(close);
    this.#open.set(name, panel);
    this.#screen.append(panel.element);
    if (panel.modal) {
      panel.before = this.#screen.getRootNode().activeElement;
      close.focus();
    }
  }
}

/** A panel with a heading and a list of terms. */
export function listPanel(className, heading, rows) {
  const list = make('dl', {}, ...rows.flatMap(([term, text]) => [make('dt', { textContent: term }), make('dd', { textContent: text })]));
  const element = make('section', { class: `panel ${className}`, 'aria-label': heading }, make('h2', { textContent: heading }), list);
  return { element, list };
}

export function helpPanel() {
  const { element } = listPanel('help', 'Keys', help().map(({ shown, says }) => [shown, says]));
  element.setAttribute('role', 'dialog');
  return { element, modal: true };
}
