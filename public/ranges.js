// Time ranges as plain lists of {start, end} in seconds, sorted and apart from each other, as TimeRanges are.

export function toList(timeRanges) {
  return Array.from({ length: timeRanges.length }, (_, i) => ({
    start: timeRanges.start(i),
    end: timeRanges.end(i),
  }));
}

/** The range that holds `time`, or null. A range holds its start but not its end. */
export function rangeAt(list, time) {
  return list.find((range) => range.start <= time && time < range.end) ?? null;
}

/** The first range that begins after `time`, or null. */
export function rangeAfter(list, time) {
  return list.find((range) => range.start > time) ?? null;
}

/** How many seconds can be played from `time` on without a gap. */
export function aheadOf(list, time) {
  const range = rangeAt(list, time);
  return range ? range.end - time : 0;
}

/** The end of the last range, or 0. */
export function lastEnd(list) {
  return list.length ? list[list.length - 1].end : 0;
}
