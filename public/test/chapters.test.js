import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chapterAt, chapterCues } from '../chapters.js';

const chapters = [{ start: 0, title: 'One' }, { start: 10, title: 'Two & <b>' }, { start: 10, title: 'Two again' }, { start: 25, title: 'Three' }];

test('the chapter of a time', () => {
  const cases = [[0, 'One'], [9.99, 'One'], [10, 'Two again'], [99, 'Three']];
  for (const [time, title] of cases) assert.equal(chapterAt(chapters, time).title, title);
  assert.equal(chapterAt([{ start: 5, title: 'Late' }], 4), null);
  assert.equal(chapterAt([], 4), null);
});

test('chapters become cues without gaps, none empty and none beyond the end', () => {
  assert.deepEqual(chapterCues(chapters, 30), [
    { start: 0, end: 10, text: 'One' }, { start: 10, end: 25, text: 'Two again' }, { start: 25, end: 30, text: 'Three' },
  ]);
  assert.deepEqual(chapterCues(chapters, 20).at(-1), { start: 10, end: 20, text: 'Two again' });
  assert.deepEqual(chapterCues([{ start: 0, title: '<i>&' }], 5), [{ start: 0, end: 5, text: '&lt;i&gt;&amp;' }]);
});
