import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SilenceWatch } from '../silence.js';

const WALL = 1_700_000_000_000;
const starving = { paused: false, seeking: false, ahead: 0, more: true, steady: true, listens: true };

/** What the watch says over so many seconds of a state, a look each 250 ms: [[seconds, "tell" or "dead"], …]. */
function overTime(state, seconds, watch = new SilenceWatch(WALL)) {
  const said = [];
  for (let now = 0; now <= seconds * 1000; now += 250) {
    const action = watch.check({ ...starving, ...state, now });
    for (const name of ['tell', 'dead']) if (action?.[name]) said.push([now / 1000, name]);
    if (action?.dead) return said;
  }
  return said;
}

test('who starves is told once, and then the connection is given up', () => {
  assert.deepEqual(overTime({}, 60), [[4, 'tell'], [20, 'dead']]);
});

test('what is being made may be waited for, and is not told of', () => {
  assert.deepEqual(overTime({ steady: false }, 60), [[20, 'dead']]);
});

test('only the starving notice', () => {
  const cases = {
    'there is film enough': { ahead: 1 }, 'paused': { paused: true }, 'all was sent, or no room is left': { more: false }, 'nothing can come': { listens: false },
  };
  for (const [name, state] of Object.entries(cases)) assert.deepEqual(overTime(state, 60), [], name);
  assert.equal(overTime({ paused: true, seeking: true }, 60).length, 2, 'a seek waits, paused or not');
});

test('hunger counts from its beginning, and silence from what was heard last', () => {
  const watch = new SilenceWatch(WALL);
  const check = (now, ahead = 0) => watch.check({ ...starving, ahead, now });
  assert.equal(check(18_000, 5), null);
  assert.deepEqual(check(18_250), { tell: false, dead: false });
  assert.equal(watch.heard(19_000), false, 'nothing was told');
  assert.deepEqual(check(22_500), { tell: false, dead: false });
  assert.deepEqual(check(23_000), { tell: true, dead: false });
  assert.deepEqual(check(38_750), { tell: false, dead: false });
  assert.deepEqual(check(39_000), { tell: false, dead: true });
  watch.connecting(39_000);
  assert.deepEqual(check(58_750), { tell: false, dead: false }, 'as long as for any connection');
  assert.equal(watch.heard(58_800), true, 'what was told is to be taken back');
  assert.equal(watch.heard(58_900), false);
});

test('what was given up in vain is given twice as long, until the line shows that it is fast enough', () => {
  const watch = new SilenceWatch(WALL);
  let now = 0;
  /** After how many seconds without a word the connection is given up. */
  const patience = () => {
    const since = now;
    do now += 1000; while (!watch.check({ ...starving, now }).dead);
    watch.connecting(now);
    return (now - since) / 1000;
  };
  const hear = (seconds, bytes) => watch.heard((now += seconds * 1000), bytes);
  assert.deepEqual([patience(), patience()], [20, 40]);
  hear(0.1, 300);
  hear(0, 2000);
  assert.equal(patience(), 80, 'a greeting is no proof');
  hear(90, 256 << 10);
  hear(4, 32 << 10);
  assert.deepEqual([patience(), patience()], [160, 160], 'nor is what comes slowly');
  hear(0.5, 32 << 10);
  assert.equal(patience(), 20);
});

test('after a sleep, which the clock of the day tells of, a connection has little time to show that it lives', () => {
  const watch = new SilenceWatch(WALL);
  const check = (now) => watch.check({ ...starving, now }).dead;
  watch.heard(1000);
  assert.equal(watch.woke(1250, WALL + 1250), false);
  assert.equal(watch.woke(1500, WALL + 3_600_000), true);
  assert.equal(watch.woke(1750, WALL + 3_600_250), false);
  assert.equal(check(4250), false);
  assert.equal(check(4500), true);
  watch.heard(4500);
  assert.equal(check(24_250), false);
  assert.equal(new SilenceWatch(WALL).woke(250, WALL + 16_000), true, 'before the first look, too');
});
