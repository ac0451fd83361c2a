import assert from 'node:assert/strict';
import { test } from 'node:test';
import { covering } from '../coverage.js';

const film = (video, audio) => [{ id: 1, ...video }, { id: 2, ...audio }];
const whole = { start: 0, duration: 100 };

test('a track is left out where it has nothing', () => {
  const late = film(whole, { start: 30, duration: 70 });
  const short = film({ start: 0, duration: 60 }, whole);
  const cases = [
    ['both all along', film(whole, whole), 50, [1, 2], [1, 2]],
    ['a little late', film(whole, { start: 1.5, duration: 90 }), 0, [1, 2], [1, 2]],
    ['much too late', late, 0, [1, 2], [1]],
    ['not yet', late, 29, [1], [1]],
    ['now', late, 29.96, [1], [1, 2]],
    ['back to where it is not', late, 10, [1, 2], [1]],
    ['not over', short, 59, [1, 2], [1, 2]],
    ['over', short, 59.6, [1, 2], [2]],
    ['back to before its end', short, 40, [2], [1, 2]],
    ['over at the end', film({ start: 0, duration: 95 }, whole), 97, [1, 2], [1, 2]],
    ['nothing at all', film({ start: 50, duration: 50 }, { start: 50, duration: 50 }), 0, [1, 2], [1, 2]],
    ['nothing known', film({}, { start: 0, duration: null }), 0, [1, 2], [1, 2]],
  ];
  for (const [name, tracks, time, present, want] of cases) assert.deepEqual(covering(tracks, [1, 2], time, 100, present), want, name);
});
