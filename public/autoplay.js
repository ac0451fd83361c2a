// Begins to play with sound if the browser allows it, else muted with a way to turn it on, else by a button.

import { hide } from './dom.js';

export class Autoplay {
  #media;
  #view;
  #failed;
  #mutedHere = false; // not by the viewer

  /** `view` has the buttons `big` and `unmute`; `failed()` says that there is nothing to begin. */
  constructor(media, view, failed) {
    this.#media = media;
    this.#view = view;
    this.#failed = failed;
    media.addEventListener('volumechange', () => {
      if (media.muted) return;
      this.#mutedHere = false;
      hide(view.unmute);
    });
  }

  async start() {
    const { big, unmute } = this.#view;
    hide(big, unmute);
    if (await this.#tryPlay()) return this.#offerSound();
    this.#media.muted = this.#mutedHere = true;
    if (await this.#tryPlay()) return this.#offerSound();
    this.#media.muted = false;
    if (!this.#failed()) big.hidden = false;
  }

  /** Also of a film that follows one that was begun without. */
  #offerSound() {
    this.#view.unmute.hidden = this.#failed() || !(this.#mutedHere && this.#media.muted);
  }

  async #tryPlay() {
    try {
      await this.#media.play();
      return true;
    } catch (error) {
      // Anything else than a refusal (a new source, a pause by the viewer) is no reason to try otherwise.
      return error.name !== 'NotAllowedError';
    }
  }
}
