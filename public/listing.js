// The order of a listing. Pure.

export const COLUMNS = [
  { key: 'name', label: 'Name' },
  { key: 'duration', label: 'Length' },
  { key: 'picture', label: 'Picture' },
  { key: 'codecs', label: 'Codecs' },
  { key: 'size', label: 'Size' },
  { key: 'modified', label: 'Changed' },
];

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

const area = (tracks) =>
  Math.max(0, ...(tracks ?? []).filter(({ kind }) => kind === 'video').map(({ width, height }) => (width || 0) * (height || 0)));

const VALUES = {
  duration: (entry) => entry.duration || 0,
  picture: (entry) => area(entry.tracks),
  size: (entry) => entry.size || 0,
  modified: (entry) => new Date(entry.modified ?? 0).getTime() || 0,
};

const codecsOf = (entry) => (entry.tracks ?? []).map(({ codec }) => codec).join(' ');

/** A comparison for Array.sort: folders stay before files, equals are in the order of their names. */
export function compareEntries({ key, down }) {
  const sign = down ? -1 : 1;
  const byName = (a, b) => collator.compare(a.name, b.name);
  const byKey = (a, b) => {
    if (key === 'name') return byName(a, b);
    if (key === 'codecs') return collator.compare(codecsOf(a), codecsOf(b));
    return VALUES[key](a) - VALUES[key](b);
  };
  return (a, b) => {
    const folders = (b.kind === 'dir') - (a.kind === 'dir');
    return folders || sign * byKey(a, b) || byName(a, b);
  };
}

/** Brings a Map of entries by path of one folder up to date. */
export function applyChanges(entries, { added = [], changed = [], removed = [] }) {
  for (const path of removed) entries.delete(path);
  for (const entry of [...added, ...changed]) entries.set(entry.path, entry);
}

/** What to say while films are being read; "" when all are. */
export function progressText({ indexed, total }) {
  return indexed < total ? `Reading films: ${indexed} of ${total}` : '';
}
