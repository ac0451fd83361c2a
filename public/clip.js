// Clips: from here to there. Pure.

/** "1:02:03.5", "2:03" or "75" as seconds; NaN for what is no time. */
export function parseTime(text) {
  const match = /^(?:(?:(\d+):)?([0-5]?\d):)?(\d+(?:[.,]\d+)?)$/.exec(text.trim());
  if (!match) return NaN;
  const [, hours = 0, minutes, seconds] = match;
  const rest = Number(seconds.replace(',', '.'));
  if (minutes !== undefined && rest >= 60) return NaN;
  return Number(hours) * 3600 + Number(minutes ?? 0) * 60 + rest;
}

/** 62.54 as "1:02.5": what parseTime reads. */
export function writeTime(seconds) {
  const tenths = Math.round(Math.max(0, seconds) * 10);
  const two = (n) => String(n).padStart(2, '0');
  const [h, m, s, t] = [Math.floor(tenths / 36000), Math.floor(tenths / 600) % 60, Math.floor(tenths / 10) % 60, tenths % 10];
  return `${h > 0 ? `${h}:${two(m)}` : m}:${two(s)}${t ? `.${t}` : ''}`;
}

/** {from, to} in seconds of what was typed, or {wrong: a sentence}. `duration` may be unknown. */
export function readClip(fromText, toText, duration) {
  const [from, to] = [parseTime(fromText), parseTime(toText)];
  if (Number.isNaN(from) || Number.isNaN(to)) return { wrong: 'Times are written like 1:02 or 1:02:03.5.' };
  if (to <= from) return { wrong: 'The clip must end after it begins.' };
  if (from >= duration) return { wrong: 'The film is over by then.' };
  return { from, to };
}
