// The picture above the seek bar, of the place that is pointed at.

const REST_MS = 60;

export class Preview {
  #image;
  #picture;
  #timer = null;
  #newest = 0;
  #url = '';

  /** `picture(time)` answers a Blob, a URL or null, or a promise of one. Ends with `signal`. */
  constructor(range, image, picture, signal) {
    this.#image = image;
    this.#picture = picture;
    // What media-chrome asks its own previews for.
    range.addEventListener('mediapreviewrequest', ({ detail }) => this.#ask(detail), { signal });
    signal.addEventListener('abort', () => this.#end());
  }

  /** What is still on its way comes too late. */
  #end() {
    clearTimeout(this.#timer);
    this.#newest++;
    this.#show(null);
  }

  #ask(time) {
    clearTimeout(this.#timer);
    if (!Number.isFinite(time)) return;
    this.#timer = setTimeout(() => this.#fetch(time), REST_MS);
  }

  async #fetch(time) {
    const mine = ++this.#newest;
    const picture = await Promise.resolve(this.#picture(time)).catch(() => null);
    if (mine === this.#newest) this.#show(picture);
  }

  #show(picture) {
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = picture instanceof Blob ? URL.createObjectURL(picture) : '';
    const src = this.#url || picture;
    this.#image.hidden = !src;
    if (src) this.#image.src = src;
    else this.#image.removeAttribute('src');
  }
}
