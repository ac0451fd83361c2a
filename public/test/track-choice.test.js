import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Streams } from '../streams.js';
import { TrackChoice } from '../track-choice.js';

const VIDEO = { id: 1, kind: 'video', codec: 'avc1.64001f', mime: 'v', start: 0, duration: 100 };
const AUDIO = { id: 2, kind: 'audio', codec: 'mp4a.40.2', mime: 'a', start: 0, duration: 100 };
const OTHER = { id: 3, kind: 'audio', codec: 'opus', mime: 'o', start: 0, duration: 100 };
const MIMES = { 1: 'v', 2: 'a', 3: 'o' };

/** An `open` message that offers the tracks `ids`, a stream each. */
const offer = (ids, tracks = [VIDEO, AUDIO, OTHER], more = {}) =>
  ({ duration: 100, growing: false, tracks, streams: ids.map((id, k) => ({ id: k, mime: MIMES[id], tracks: [id] })), ...more });

function setUp({ plays = () => true, ...start } = {}) {
  const streams = new Streams();
  const choice = new TrackChoice(streams, plays, start);
  return { choice, come: (open) => streams.set(open.streams, 0) };
}

test('what is offered is taken where it plays', () => {
  const { choice, come } = setUp();
  const open = offer([1, 2]);
  assert.deepEqual(choice.judge(open, 0), { play: true, note: '' });
  come(open);
  assert.deepEqual([choice.chosen, choice.tracks, choice.settled], [null, [1, 2], true]);
});

test('who agreed to miss the picture is played the sound', () => {
  const noPictures = { plays: (mime) => mime !== 'v' };
  assert.equal('refuse' in setUp(noPictures).choice.judge(offer([1, 2]), 0), true);
  assert.deepEqual(setUp({ ...noPictures, soundOnly: true }).choice.judge(offer([1, 2]), 0).tracks, [2]);
});

test('others are asked for once', () => {
  const { choice } = setUp({ plays: (mime) => mime !== 'a' });
  assert.deepEqual(choice.judge(offer([1, 2]), 0).tracks, [1, 3]);
  assert.deepEqual([choice.chosen, choice.settled], [[1, 3], false]);
  assert.match(choice.judge(offer([1, 2]), 0).refuse, /does not send the tracks/);
});

test('another sound is chosen, and had or not', () => {
  const { choice, come } = setUp();
  const open = offer([1, 2]);
  come(open);
  choice.chooseAudio(3, open);
  assert.deepEqual([choice.tracks, choice.settled], [[1, 3], false]);
  come(offer([1, 3]));
  assert.equal(choice.settled, true);
  choice.chooseAudio(2, open);
  choice.keep();
  assert.deepEqual([choice.tracks, choice.settled], [[1, 3], true]);
});

test('a sound that is chosen while a new source is made does not cost the picture', () => {
  const { choice, come } = setUp();
  const open = offer([1, 2]);
  come(open);
  come({ streams: [] });
  choice.chooseAudio(3, open);
  assert.deepEqual(choice.chosen, [1, 3]);
  choice.chooseAudio(2, open);
  assert.deepEqual(choice.chosen, [1, 2]);
  const early = setUp().choice;
  early.chooseAudio(3, null);
  assert.equal(early.chosen, null);
});

test('a sound that begins late is left out until then, and so is the one chosen in its place', () => {
  const text = { id: 9, kind: 'text' };
  const late = [VIDEO, { ...AUDIO, start: 30, duration: 70 }, { ...OTHER, start: 30, duration: 70 }, text];
  const { choice, come } = setUp();
  assert.deepEqual(choice.judge(offer([1, 2], late), 0), { tracks: [1] });
  const open = offer([1], late);
  assert.deepEqual(choice.judge(open, 0), { play: true, note: '' }, 'nothing is said to be missing');
  come(open);
  assert.equal(choice.follow(open, 29), false);
  assert.equal(choice.follow(open, 30), true);
  assert.deepEqual(choice.chosen, [1, 2]);
  assert.equal(choice.follow(open, 31), false, 'not before they come');
  come(offer([1, 2], late));
  choice.chooseAudio(3, open);
  come(offer([1, 3], late));
  assert.equal(choice.follow(open, 5), true);
  assert.deepEqual(choice.chosen, [1]);
  come(open);
  assert.equal(choice.follow(open, 40), true);
  assert.deepEqual(choice.chosen, [1, 3]);
});

test('of a film that grows it is not known yet where its tracks end', () => {
  const short = [VIDEO, { ...AUDIO, duration: 5 }];
  const { choice, come } = setUp();
  const open = offer([1, 2], short, { growing: true });
  assert.equal(choice.judge(open, 20).play, true);
  come(open);
  assert.equal(choice.follow(open, 20), false);
  assert.equal(choice.follow({ ...open, growing: false }, 20), true);
});

test('nothing is followed before there is a film', () => {
  assert.equal(setUp().choice.follow(null, 0), false);
  assert.equal(setUp().choice.follow(offer([1, 2]), 0), false);
});
