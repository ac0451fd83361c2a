// Tracks that begin late or end early. A source waits for all its tracks, so one that has nothing is left out. Pure.

// A gap of that length at the start is jumped over.
const LATE = 2;
const NOW = 0.05;
const OVER = 0.5;
// So much is sent beyond the playhead; at the end of it the source is told, and plays on without the shorter track.
const AHEAD = 8;

/**
 * Of the tracks `ids`, those to be played at `time`. `tracks` are the film's, with `start` and `duration` in seconds;
 * `present` are the ids that are played now, which stay through small gaps.
 */
export function covering(tracks, ids, time, filmDuration, present = ids) {
  const at = ids.filter((id) => {
    const { start = 0, duration } = tracks.find((track) => track.id === id) ?? {};
    if (!Number.isFinite(duration) || duration <= 0) return true;
    const late = start - time > (present.includes(id) ? LATE : NOW);
    const end = start + duration;
    return !late && !(end - time < OVER && filmDuration - end > AHEAD);
  });
  return at.length > 0 ? at : ids;
}
