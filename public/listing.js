// The order of a listing, and what belongs into it: the same as the server's (query.go). Pure.

/** What a listing can be sorted by, and what people call it. */
export const SORTS = { name: 'Name', modified: 'Date', size: 'Size', duration: 'Length' };

/** A string that stands before another's as the name does: case counts little, and part 2 comes before part 10. */
export function nameKey(name) {
  return name.toLowerCase().replace(/[0-9]+/g, (run) => {
    const digits = run.replace(/^0+/, '');
    return `0${String.fromCharCode(digits.length)}${digits}`;
  });
}

// Thousands of names are compared each time that one changes.
const keys = new WeakMap();

function keyOf(entry) {
  let key = keys.get(entry);
  if (key === undefined) keys.set(entry, (key = nameKey(entry.name)));
  return key;
}

const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

// The server's times are all of one zone and as long as they need to be: without the "Z" their text is in their order.
const instant = (entry) => (entry.modified ?? '').slice(0, -1);

const COMPARE = {
  name: () => 0,
  modified: (a, b) => byText(instant(a), instant(b)),
  size: (a, b) => (a.size || 0) - (b.size || 0),
  duration: (a, b) => (a.duration || 0) - (b.duration || 0),
};

/** A comparison for Array.sort: folders stay before files, names decide between equals. */
export function compareEntries({ sort, order }) {
  const sign = order === 'desc' ? -1 : 1;
  const compare = COMPARE[sort];
  return (a, b) =>
    (b.kind === 'dir') - (a.kind === 'dir') ||
    sign * (compare(a, b) || byText(keyOf(a), keyOf(b)) || byText(a.name, b.name) || byText(a.path, b.path));
}

/** Whether a name holds every word of a search. */
export function matches(name, search) {
  const lower = name.toLowerCase();
  return search.toLowerCase().split(/\s+/).every((word) => lower.includes(word));
}

/** The folder that a percent-encoded path lies in; "" for the library's own. */
export const folderOf = (path) => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** Whether an entry belongs into the listing of a folder, or of what is found below it. */
export function belongs(entry, folder, search) {
  if (!search) return folderOf(entry.path) === folder;
  return (folder === '' || entry.path.startsWith(`${folder}/`)) && matches(entry.name, search);
}

/** What to say while films are being read; "" when all are. */
export function progressText({ indexed, total }) {
  return indexed < total ? `Reading films: ${indexed} of ${total}` : '';
}
