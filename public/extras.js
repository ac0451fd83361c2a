// What else is known of a film beside its streams: title, cover, chapters, captions.

/** Asks /api/info, and shows what it says. `changed()` is called when there is news. */
export class Extras {
  #host;
  #view;
  #changed;
  #asking = null;
  info = null;
  cover = '';

  constructor(host, view, changed) {
    this.#host = host;
    this.#view = view;
    this.#changed = changed;
  }

  async open(address) {
    this.destroy();
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    try {
      const response = await fetch(address.at('api/info'), { signal });
      if (!response.ok) return;
      this.#show(await response.json(), address);
    } catch {
      // The film plays without its description.
    }
  }

  destroy() {
    this.#asking?.abort();
    this.info = null;
    this.cover = '';
  }

  #show(info, address) {
    this.info = info;
    this.cover = info.cover ? address.at('cover') : '';
    this.#changed();
    this.#host.dispatchEvent(new CustomEvent('vod-info', { detail: info, bubbles: true, composed: true }));
  }
}
