// Segments of fragmented MP4, by hand.

const u32 = (n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
const box = (type, ...content) => {
  const bytes = content.flat();
  return [...u32(bytes.length + 8), ...[...type].map((letter) => letter.charCodeAt(0)), ...bytes];
};

/** A full box of 32-bit fields. */
export const full = (type, flags, ...fields) => box(type, u32(flags), ...fields.map(u32));

/** A segment of one track, whose traf holds these boxes. */
export const segment = (...traf) => new Uint8Array([box('moof', full('mfhd', 0, 1), box('traf', ...traf)), box('mdat', [1, 2])].flat()).buffer;

/** sample_flags (14496-12, 8.8.3.1). */
export const SYNC = 0x2000000;
export const NON_SYNC = 0x1010000;
