// One entry of the list: what is shown of a folder or a film.

import { carefulVerdict, playsHere, verdict } from './badge.js';
import { make } from './dom.js';
import { byteSize, clockTime, codecSummary, day, resolution } from './format.js';
import { icon } from './icons.js';
import { folderOf } from './listing.js';
import { versionOf } from './posters.js';

const STATES = { indexing: 'Being read', growing: 'Growing', truncated: 'Cut short', invalid: 'Cannot be played' };

const FACTS = [
  ['picture', (entry) => resolution(entry.tracks)],
  ['codecs', (entry) => codecSummary(entry.tracks)],
  ['size', (entry) => (entry.kind === 'dir' ? '' : byteSize(entry.size))],
  ['modified', (entry) => day(entry.modified)],
];

export class EntryRow {
  #context;
  #entry = null;
  #title = make('a', { class: 'title' });
  #remark = make('p', { class: 'remark' });
  #duration = make('span', { class: 'duration' });
  #facts = FACTS.map(([name]) => make('span', { class: name }));
  #poster = make('div', { class: 'poster' });
  #picture = null; // {version, url} of what is shown
  #bar = make('span', { class: 'bar', hidden: true });
  element = make('li', { class: 'entry' });

  /**
   * `context` tells what all rows share: `links(entry)` their addresses, {open, again}, `place(entry)` where its last
   * viewing stopped, or null, `folder` the folder that is listed, `posters` makes their pictures.
   */
  constructor(context) {
    this.#context = context;
    this.element.append(make('div', { class: 'text' }, this.#title, make('p', { class: 'facts' }, ...this.#facts), this.#remark), this.#duration, this.#poster);
  }

  /** Shows an entry, or what it has become, or another. */
  update(entry) {
    this.#entry = entry;
    const { element } = this;
    const place = this.#context.place(entry);
    element.className = `entry ${entry.kind} ${entry.state ?? ''}`;
    this.#title.textContent = entry.name;
    this.#title.title = entry.name;
    this.#title.href = this.#context.links(entry).open;
    this.#duration.textContent = entry.duration > 0 ? clockTime(entry.duration) : '';
    for (const [i, [, fact]] of FACTS.entries()) this.#facts[i].textContent = fact(entry);
    this.#showPoster(place);
    this.#showRemark(verdict(entry, playsHere), place);
    carefulVerdict(entry).then((said) => {
      if (this.#entry === entry) this.#showRemark(said, place);
    });
  }

  /** The row is not used again. */
  release() {
    this.#context.posters.forget(this.#poster);
    if (this.#picture) URL.revokeObjectURL(this.#picture.url);
    this.#picture = null;
  }

  #showPoster(place) {
    const entry = this.#entry;
    const version = `${entry.path} ${versionOf(entry)}`;
    if (this.#poster.dataset.kind !== entry.kind || (this.#picture && this.#picture.version !== version)) this.#clearPoster();
    if (!this.#picture) {
      this.#context.posters.want(this.#poster, entry, (blob) => this.#showPicture(blob, version));
    }
    this.#bar.hidden = !place || (place.time === 0 && !place.seen);
    this.#bar.style.setProperty('--share', place?.time > 0 ? place.share : 1);
  }

  #clearPoster() {
    const { kind } = this.#entry;
    if (this.#picture) URL.revokeObjectURL(this.#picture.url);
    this.#picture = null;
    this.#poster.dataset.kind = kind;
    this.#poster.replaceChildren(icon(kind === 'dir' ? 'folder' : kind), this.#bar);
  }

  #showPicture(blob, version) {
    const url = URL.createObjectURL(blob);
    const image = make('img', { alt: '', decoding: 'async', src: url });
    image.classList.toggle('whole', Boolean(this.#entry.cover));
    this.#picture = { version, url };
    this.#poster.replaceChildren(image, this.#bar);
  }

  #showRemark(said, place) {
    const entry = this.#entry;
    const parts = [];
    const badge = (kind, text) => parts.push(make('span', { class: `badge ${kind}`, textContent: text }));
    const sentence = (text) => parts.push(make('span', { class: 'reason', textContent: text, title: text }));
    if (STATES[entry.state]) badge(entry.state, STATES[entry.state]);
    if (said && !said.plays) badge('refused', 'Doesn’t play here');
    if (said?.plays && said.note) badge('partly', 'Plays in part');
    if (said?.plays && !said.note && !STATES[entry.state]) {
      // Who has watched it knows.
      parts.push(make('span', { class: 'plays' }, icon('tick'), make('span', { class: place ? 'unseen' : '', textContent: 'Plays here' })));
    }
    if (place?.time > 0) parts.push(this.#again(place));
    else if (place?.seen) parts.push(make('span', { class: 'seen', textContent: 'Seen' }));
    const why = entry.reason || said?.reason || said?.note;
    if (why) sentence(why);
    if (entry.kind !== 'dir' && folderOf(entry.path) !== this.#context.folder) parts.push(this.#where());
    this.element.classList.toggle('brief', parts.length === 0);
    const focused = this.#remark.contains(document.activeElement);
    // Lines break at spaces only.
    this.#remark.replaceChildren(...parts.flatMap((part) => [part, ' ']));
    // Who stands on a link of it is not thrown out by news.
    if (focused) (this.#remark.querySelector('a') ?? this.#title).focus({ preventScroll: true });
  }

  /** Where it goes on, and the way to its beginning. */
  #again(place) {
    const { again } = this.#context.links(this.#entry);
    const name = `${this.#entry.name} from the start`;
    return make('span', { class: 'place' },
      `Continues at ${clockTime(place.time)} `,
      make('a', { class: 'again', href: again, textContent: 'From the start', 'aria-label': name }));
  }

  /** What is found below a folder may lie in another. */
  #where() {
    const folder = folderOf(this.#entry.path);
    const below = folder.slice(this.#context.folder ? this.#context.folder.length + 1 : 0);
    return make('span', { class: 'where', textContent: `in ${readable(below)}` });
  }
}

/** A percent-encoded path as people read it; names need not be UTF-8. */
function readable(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
