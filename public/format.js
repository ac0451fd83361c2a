// Numbers and codes as people read them. Pure functions.

/** 75 -> "1:15", 3675 -> "1:01:15". What is not a finite number gives "–:––". */
export function clockTime(seconds) {
  if (!Number.isFinite(seconds)) return '–:––';
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, '0');
  const h = Math.floor(whole / 3600);
  const m = Math.floor(whole / 60) % 60;
  return h > 0 ? `${h}:${two(m)}:${two(whole % 60)}` : `${m}:${two(whole % 60)}`;
}

/** 75 -> "1 minute 15 seconds", for screen readers. */
export function spokenTime(seconds) {
  if (!Number.isFinite(seconds)) return 'unknown';
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [
    [Math.floor(whole / 3600), 'hour'],
    [Math.floor(whole / 60) % 60, 'minute'],
    [whole % 60, 'second'],
  ].filter(([n]) => n > 0);
  if (parts.length === 0) return '0 seconds';
  return parts.map(([n, unit]) => `${n} ${unit}${n === 1 ? '' : 's'}`).join(' ');
}

/** 1536 -> "1.5 KB"; powers of 1000, as file managers and disks count. */
export function byteSize(bytes) {
  if (!Number.isFinite(bytes)) return '';
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  // 999.5 would round to 1000 of the smaller unit.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  if (unit === 0) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

const FAMILIES = {
  avc1: 'H.264', avc3: 'H.264',
  hvc1: 'H.265', hev1: 'H.265',
  dvh1: 'Dolby Vision', dvhe: 'Dolby Vision', dvav: 'Dolby Vision', dva1: 'Dolby Vision',
  vvc1: 'H.266', vvi1: 'H.266',
  av01: 'AV1', vp08: 'VP8', vp09: 'VP9',
  s263: 'H.263', jpeg: 'Motion JPEG', mjpa: 'Motion JPEG', mjpb: 'Motion JPEG',
  apch: 'Apple ProRes', apcn: 'Apple ProRes', apcs: 'Apple ProRes', apco: 'Apple ProRes', ap4h: 'Apple ProRes',
  'ac-3': 'Dolby Digital', 'ec-3': 'Dolby Digital Plus', 'ac-4': 'Dolby AC-4', mlpa: 'Dolby TrueHD',
  dtsc: 'DTS', dtse: 'DTS', dtsh: 'DTS-HD', dtsl: 'DTS-HD',
  opus: 'Opus', flac: 'FLAC', alac: 'Apple Lossless', mp3: 'MP3', '.mp3': 'MP3',
  samr: 'AMR', sawb: 'AMR wideband',
  lpcm: 'PCM', ipcm: 'PCM', fpcm: 'PCM', sowt: 'PCM', twos: 'PCM', in24: 'PCM', in32: 'PCM', fl32: 'PCM',
  ulaw: 'G.711', alaw: 'G.711',
  tx3g: 'timed text', wvtt: 'WebVTT', stpp: 'TTML',
};

// ISO/IEC 14496-1 object type indications, as they stand in RFC 6381 codec strings after "mp4v." and "mp4a.".
const OBJECT_TYPES = {
  20: 'MPEG-4 Part 2', 21: 'H.264', 60: 'MPEG-2', 61: 'MPEG-2', 62: 'MPEG-2', 63: 'MPEG-2', 64: 'MPEG-2', 65: 'MPEG-2',
  '6a': 'MPEG-1', '6c': 'JPEG', '6d': 'PNG',
  40: 'AAC', 66: 'AAC', 67: 'AAC', 68: 'AAC', 69: 'MP3', '6b': 'MP3',
  a5: 'Dolby Digital', a6: 'Dolby Digital Plus', a9: 'DTS', ad: 'Opus', dd: 'Vorbis',
};

// ISO/IEC 14496-3 audio object types, after "mp4a.40.".
const AUDIO_OBJECT_TYPES = { 5: 'HE-AAC', 29: 'HE-AAC v2', 32: 'MPEG-1 layer 1', 33: 'MP2', 34: 'MP3', 36: 'MPEG-4 ALS', 42: 'xHE-AAC' };

/** The name people know for an RFC 6381 codec string, or "" when there is none. */
export function codecName(codec) {
  const [entry, object, audio] = String(codec ?? '').toLowerCase().split('.');
  if (entry === 'mp4a' || entry === 'mp4v') {
    return (object === '40' && AUDIO_OBJECT_TYPES[audio]) || OBJECT_TYPES[object] || '';
  }
  return FAMILIES[entry] ?? (codec === '.mp3' ? 'MP3' : '');
}

/** "mp4v.20.9 (MPEG-4 Part 2)", or the bare string when it has no better name. */
export function codecWithName(codec) {
  const name = codecName(codec);
  return name && name.toLowerCase() !== String(codec).toLowerCase() ? `${codec} (${name})` : String(codec);
}

/** The codecs of a film in a word or two: "H.264, AAC". */
export function codecSummary(tracks) {
  const names = (tracks ?? [])
    .filter((track) => track.kind === 'video' || track.kind === 'audio')
    .map((track) => codecName(track.codec) || track.codec)
    .filter(Boolean);
  return [...new Set(names)].join(', ');
}

/** "1920 × 1080" of the largest video track, as it is shown after rotation; "" without one. */
export function resolution(tracks) {
  const largest = (tracks ?? [])
    .filter((track) => track.kind === 'video' && track.width > 0 && track.height > 0)
    .sort((a, b) => b.width * b.height - a.width * a.height)[0];
  if (!largest) return '';
  const turned = Math.abs(largest.rotation ?? 0) % 180 === 90;
  return turned ? `${largest.height} × ${largest.width}` : `${largest.width} × ${largest.height}`;
}

// Making one takes longer than all that it is used for.
const days = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric' });

/** A day, as the reader's own language writes it. Takes what Date takes. */
export function day(value) {
  const date = new Date(value ?? NaN);
  return Number.isNaN(date.getTime()) ? '' : days.format(date);
}

/** "1.5×", "1×". */
export function speed(rate) {
  return `${Number(rate.toFixed(2))}×`;
}

/** "de" or "deu" -> "German", in the reader's own language; "" for none and for "und". */
export function languageName(tag) {
  if (!tag || tag === 'und') return '';
  try {
    return new Intl.DisplayNames(undefined, { type: 'language' }).of(tag);
  } catch {
    return tag;
  }
}
