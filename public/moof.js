// What the page must know of a media segment's inside. Pure.

const CONTAINERS = ['moof', 'traf'];
const NON_SYNC = 0x10000; // sample_is_non_sync_sample (ISO/IEC 14496-12, 8.8.3.1)

/**
 * Whether the first sample of a media segment (an ArrayBuffer that begins with its moof) is one that decoding can begin
 * with; null where the bytes do not say.
 */
export function beginsWithSync(bytes) {
  const view = new DataView(bytes);
  if (view.byteLength < 8 || typeAt(view, 0) !== 'moof') return null;
  let flags = null;
  for (let at = 0; at + 16 <= view.byteLength; ) {
    const type = typeAt(view, at);
    const size = view.getUint32(at);
    if (type === 'mdat' || size < 8 || at + size > view.byteLength) break;
    if (type === 'tfhd') flags = defaultFlags(view, at) ?? flags;
    if (type === 'trun') {
      flags = firstFlags(view, at, size) ?? flags;
      break;
    }
    at += CONTAINERS.includes(type) ? 8 : size;
  }
  return flags === null ? null : (flags & NON_SYNC) === 0;
}

function typeAt(view, at) {
  return String.fromCharCode(...[4, 5, 6, 7].map((k) => view.getUint8(at + k)));
}

/** tfhd: track_ID, then what its flags announce (8.8.7). */
function defaultFlags(view, at) {
  const has = view.getUint32(at + 8);
  if (!(has & 0x20)) return null;
  const before = (has & 1 ? 8 : 0) + (has & 2 ? 4 : 0) + (has & 8 ? 4 : 0) + (has & 0x10 ? 4 : 0);
  return view.getUint32(at + 16 + before);
}

/** trun: sample_count, then what its flags announce, then the samples (8.8.8). */
function firstFlags(view, at, size) {
  const has = view.getUint32(at + 8);
  const table = at + 16 + (has & 1 ? 4 : 0);
  if (has & 4) return view.getUint32(table);
  const flags = table + (has & 0x100 ? 4 : 0) + (has & 0x200 ? 4 : 0);
  return has & 0x400 && flags + 4 <= at + size ? view.getUint32(flags) : null;
}
