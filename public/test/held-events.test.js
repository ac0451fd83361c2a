import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeldEvents } from '../held-events.js';

test('events that are held come late, all of them, in their order', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const got = [];
  const events = new HeldEvents((type) => got.push(type));
  events.take('play');
  events.hold(10);
  events.take('seeking');
  t.mock.timers.tick(9);
  events.hold(10);
  events.take('seeked');
  assert.deepEqual(got, ['play']);
  t.mock.timers.tick(1);
  assert.deepEqual(got, ['play', 'seeking', 'seeked']);
  events.take('pause');
  assert.equal(got.at(-1), 'pause');

  events.hold(10);
  events.take('seeking');
  events.letGo();
  assert.equal(got.at(-1), 'seeking');
  events.hold(10);
  events.take('playing');
  t.mock.timers.tick(9);
  assert.equal(got.at(-1), 'seeking', 'a hold that ended early has no end later');
  t.mock.timers.tick(1);
  assert.equal(got.at(-1), 'playing');
});
