import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StallWatch } from '../stall.js';

const playing = { now: 0, time: 5, paused: false, seeking: false, ended: false, sourceEnded: false, duration: 100, buffered: [{ start: 0, end: 20 }] };

/** What the watch says over the given seconds of standing still, a look each 250 ms; it is obeyed. */
function standStill(state, seconds) {
  const watch = new StallWatch();
  const said = [];
  const now = { ...state };
  for (let ms = 0; ms <= seconds * 1000; ms += 250) {
    now.now = ms;
    const action = watch.check(now);
    if (!action) continue;
    said.push(action);
    if (action.move !== undefined) now.time = action.move;
  }
  return said;
}

test('playing on is left alone', () => {
  const watch = new StallWatch();
  for (let ms = 0; ms < 5000; ms += 250) {
    assert.equal(watch.check({ ...playing, now: ms, time: 5 + ms / 1000 }), null);
  }
});

test('frozen with data ahead: three nudges, then a seek', () => {
  const said = standStill(playing, 15);
  assert.equal(said.length, 4);
  for (const [i, { move }] of said.slice(0, 3).entries()) assert.ok(Math.abs(move - (5.1 + i / 10)) < 1e-9, `nudge to ${move}`);
  assert.ok(Math.abs(said[3].seek - 5.3) < 1e-9);
});

test('out of data that had come: it is asked for again', () => {
  const gone = { ...playing, buffered: [] };
  assert.deepEqual(standStill({ ...gone, received: () => false }, 3), []);
  assert.deepEqual(standStill({ ...gone, received: () => true }, 2), [{ seek: 5 }]);
});

test('what came twice and is not there was not understood; the end of a film that grows may be of one track', () => {
  const cases = [
    [{ buffered: [] }, [{ seek: 5 }, { spoilt: true }]],
    [{ buffered: [{ start: 0, end: 5.02 }] }, [{ seek: 5 }, { spoilt: true }]],
    [{ buffered: [{ start: 0, end: 5.02 }], duration: Infinity }, [{ seek: 5 }]],
    [{ buffered: [{ start: 0, end: 5.02 }], received: (at) => at < 5.05 }, []],
  ];
  for (const [state, want] of cases) assert.deepEqual(standStill({ ...playing, received: () => true, ...state }, 3), want, JSON.stringify(state));
});

test('a hole that the playhead stands a frame before is one', () => {
  const said = standStill({ ...playing, buffered: [{ start: 0, end: 5.04 }, { start: 7, end: 9 }] }, 2.5);
  assert.deepEqual(said, [{ seek: 5 }, { move: 7 }]);
});

test('a moment of standing still is no stall, nor is a sound that is slow to start', () => {
  assert.deepEqual(standStill(playing, 1.75), []);
});

test('a sound that is slower still gets its time after some nudges', () => {
  const watch = new StallWatch();
  const state = { ...playing };
  let began = 0;
  let nudges = 0;
  // Each nudge starts it anew; meanwhile a tenth of a second is played.
  for (state.now = 0; state.now - began < 4000; state.now += 250) {
    assert.ok(state.now < 20_000, 'it is never given the time to start');
    const action = watch.check(state);
    if (state.now - began === 250) state.time += 0.125;
    if (!action) continue;
    began = state.now;
    state.time = action.move ?? action.seek;
    nudges++;
  }
  assert.equal(nudges, 2);
});

test('paused, ended, or out of data: nothing to mend', () => {
  assert.deepEqual(standStill({ ...playing, paused: true }, 5), []);
  assert.deepEqual(standStill({ ...playing, ended: true }, 5), []);
  assert.deepEqual(standStill({ ...playing, buffered: [{ start: 0, end: 5 }] }, 5), []);
  assert.deepEqual(standStill({ ...playing, buffered: [] }, 5), []);
});

test('a seek that hangs is mended although paused', () => {
  assert.equal(standStill({ ...playing, paused: true, seeking: true }, 3).length, 1);
});

test('a seek that hangs when it was done anew, too, is beyond nudges', () => {
  const said = standStill({ ...playing, paused: true, seeking: true }, 26).map((action) => Object.keys(action)[0]);
  assert.deepEqual(said, ['move', 'move', 'move', 'seek', 'spoilt', 'spoilt']);
});

test('the next seek that hangs is nudged first, like the one before', () => {
  const watch = new StallWatch();
  let now = 0;
  const until = (wanted, time) => {
    for (let tries = 0; tries < 100; tries++) {
      const action = watch.check({ ...playing, now: (now += 250), time, paused: true, seeking: true });
      if (action) time = action.move ?? time;
      if (action && wanted in action) return;
    }
    assert.fail(`no ${wanted}`);
  };
  until('seek', 5);
  until('move', 8);
  until('seek', 8);
  watch.check({ ...playing, now: (now += 250), time: 8.3 });
  until('move', 8.3);
});

test('film that comes after a lack of it is begun by the browser, not by a nudge', () => {
  const watch = new StallWatch();
  const look = (ms, end) => watch.check({ ...playing, now: ms, buffered: [{ start: 0, end }], received: () => false });
  for (let ms = 0; ms <= 6000; ms += 250) assert.equal(look(ms, 5.1), null);
  for (let ms = 6250; ms < 8250; ms += 250) assert.equal(look(ms, 9), null, `after ${ms} ms`);
  assert.deepEqual(look(8250, 9), { move: 5.1 });
});

test('a gap at the start is jumped over, up to 2 s; at once where the viewer went there', () => {
  const before = (start, more) => ({ ...playing, time: 0, buffered: [{ start, end: 9 }], ...more });
  const first = (state) => standStill(state, 1)[0];
  assert.deepEqual(first(before(0.08)), { move: 0.081 });
  assert.deepEqual(first(before(2)), { move: 2.001 });
  assert.equal(first(before(2.1)), undefined);
  assert.equal(new StallWatch().check(before(0.08)), null);
  assert.deepEqual(new StallWatch().check(before(0.08, { seeking: true })), { move: 0.081 });
  assert.equal(new StallWatch().check(before(0, { seeking: true })), null);
});

test('a hole that is there after asking anew is in the film, and is jumped over', () => {
  const said = standStill({ ...playing, buffered: [{ start: 0, end: 5 }, { start: 7, end: 9 }] }, 2.5);
  assert.deepEqual(said, [{ seek: 5 }, { move: 7 }]);
});

test('a hole: jumped over when small, asked for again when not', () => {
  const hole = (start) => standStill({ ...playing, buffered: [{ start: 0, end: 5 }, { start, end: 9 }] }, 1.25)[0];
  assert.deepEqual(hole(5.2), { move: 5.2 });
  assert.deepEqual(hole(7), { seek: 5 });
});

test('standing just before the end of a film that is all there ends it', () => {
  const said = standStill({ ...playing, time: 99.8, sourceEnded: true, buffered: [{ start: 0, end: 100 }] }, 1.5);
  assert.deepEqual(said, [{ move: 100 }]);
});

test('nudges are counted anew after playing on', () => {
  const watch = new StallWatch();
  let now = 0;
  const freeze = (time) => {
    watch.check({ ...playing, now, time });
    now += 4500;
    return watch.check({ ...playing, now, time });
  };
  for (const time of [5, 5.1, 5.2]) assert.ok(freeze(time).move);
  assert.ok(freeze(8).move);
});
