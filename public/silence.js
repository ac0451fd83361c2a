// When nothing comes from the server although something should, and what to do about it. Pure: it takes times, returns decisions.

// A connection can be dead without having closed. Only the starving notice.
const SILENCE_MS = 20000;
// Only what came whole is heard. On a slow line that may take longer: each time that it was in vain it gets twice as long.
const SILENCE_MOST_MS = 160000;
// The largest piece that the server sends, and one that is large enough to tell how fast they come; in bytes.
const PIECE = 256 << 10;
const TELLING = 16 << 10;
const STARVING = 0.5;
// Who starves for so long is told that nothing comes.
const TOLD_MS = 4000;
// Timers that stood still for so long: the machine slept. What it was connected to may be gone, and says so soon or never.
const SLEPT_MS = 15000;
const SILENCE_AFTER_SLEEP_MS = 3000;

/**
 * Watches what comes for one media element. `wall` is the clock of the day in ms, which goes on while the machine sleeps; the
 * other, `now`, may not.
 */
export class SilenceWatch {
  #heardAt = 0;
  #patience = SILENCE_MS;
  #starvingAt = null; // since when
  #told = false;
  #wall;
  #sleptAt = null; // unless something was heard since

  constructor(wall) {
    this.#wall = wall;
  }

  /** A new connection is made, and has the same time to say something as any. */
  connecting(now) {
    this.#heardAt = now;
    this.#sleptAt = null;
  }

  /** Something came, of so many bytes: true where the viewer was told that nothing does. */
  heard(now, bytes = 0) {
    if (bytes >= TELLING && ((now - this.#heardAt) * PIECE) / bytes < SILENCE_MS / 2) this.#patience = SILENCE_MS;
    this.connecting(now);
    const told = this.#told;
    this.#told = false;
    return told;
  }

  /** Whether the machine slept since this was asked last. */
  woke(now, wall) {
    const slept = wall - this.#wall > SLEPT_MS;
    if (slept) this.#sleptAt = now;
    this.#wall = wall;
    return slept;
  }

  /**
   * Wants {now (ms), paused, seeking, ahead (seconds that can be played), more (there is film to come, and room for it),
   * steady (it is there to be sent, not being made), listens (something may come by itself)}. Answers null or {tell, dead}:
   * `tell` when the viewer is to be told that nothing comes, `dead` when the connection is to be given up.
   */
  check({ now, paused, seeking, ahead, more, steady, listens }) {
    const starving = (!paused || seeking) && more && ahead < STARVING;
    this.#starvingAt = starving ? this.#starvingAt ?? now : null;
    if (!starving || !listens) return null;
    const tell = steady && !this.#told && now - Math.max(this.#heardAt, this.#starvingAt) >= TOLD_MS;
    this.#told ||= tell;
    return { tell, dead: this.#isDead(now) };
  }

  #isDead(now) {
    if (this.#sleptAt !== null) return now - this.#sleptAt >= SILENCE_AFTER_SLEEP_MS;
    if (now - this.#heardAt < this.#patience) return false;
    this.#patience = Math.min(SILENCE_MOST_MS, 2 * this.#patience);
    return true;
  }
}
