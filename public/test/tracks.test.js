import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseTracks, refusal, soundsOf } from '../tracks.js';

const track = (id, kind, codec, more = {}) => ({ id, kind, codec, mime: `${kind}/mp4; codecs="${codec}"`, playable: true, ...more });
const h264 = track(1, 'video', 'avc1.64001f');
const mp4v = track(1, 'video', 'mp4v.20.9');
const aac = track(2, 'audio', 'mp4a.40.2');
const ac3 = track(2, 'audio', 'ac-3');
const otherAAC = track(3, 'audio', 'mp4a.40.2');

const canPlay = (mime) => !/mp4v|ac-3/.test(mime);

function open(tracks, offered) {
  const codecs = tracks.filter(({ id }) => offered.includes(id)).map(({ codec }) => codec);
  return { tracks, streams: offered.length ? [{ id: 0, mime: `video/mp4; codecs="${codecs.join(',')}"`, tracks: offered }] : [] };
}

test('what can be played is played', () => {
  assert.deepEqual(chooseTracks(open([h264, aac], [1, 2]), canPlay), { play: true, note: '' });
});

test('tracks that were not asked for are not missed', () => {
  assert.deepEqual(chooseTracks(open([h264, aac, otherAAC], [1, 3]), canPlay), { play: true, note: '' });
});

test('a kind that the server left out although it would play is told of, unless the viewer agreed to miss it', () => {
  const all = [h264, aac, otherAAC];
  assert.deepEqual(chooseTracks(open(all, [3]), canPlay), { play: true, note: 'There is sound only.' });
  assert.deepEqual(chooseTracks(open(all, [3]), canPlay, true), { play: true, note: '' });
  assert.deepEqual(chooseTracks(open(all, [1]), canPlay), { play: true, note: 'There is no sound.' });
});

test('a picture that cannot be played is refused by its codec, and the sound offered', () => {
  assert.deepEqual(chooseTracks(open([mp4v, aac], [1, 2]), canPlay), {
    refuse: 'This browser cannot play the video: its codec mp4v.20.9 (MPEG-4 Part 2) is not supported.',
    sound: [2],
  });
});

test('a viewer who does without the picture hears the sound', () => {
  const choice = chooseTracks(open([mp4v, aac], [2]), canPlay, true);
  assert.equal(choice.play, true);
  assert.match(choice.note, /sound only.*mp4v\.20\.9/);
});

test('a picture that the server left out is refused with its reason', () => {
  const left = { ...mp4v, playable: false, reason: 'No browser plays mp4v.20.9.' };
  assert.equal(chooseTracks(open([left, aac], [2]), canPlay).refuse, 'No browser plays mp4v.20.9.');
});

test('sound that cannot be played is left out, and the viewer told', () => {
  const choice = chooseTracks(open([h264, ac3], [1, 2]), canPlay);
  assert.deepEqual(choice.tracks, [1]);
  assert.match(choice.note, /no sound.*ac-3 \(Dolby Digital\)/);
  const then = chooseTracks(open([h264, ac3], [1]), canPlay);
  assert.deepEqual(then, { play: true, note: choice.note });
});

test('another sound track takes the place of one that cannot be played', () => {
  const choice = chooseTracks(open([h264, ac3, otherAAC], [1, 2]), canPlay);
  assert.deepEqual(choice.tracks, [1, 3]);
  assert.match(choice.note, /Another audio track.*ac-3/);
});

test('a film of sound alone is no film without picture', () => {
  assert.deepEqual(chooseTracks(open([aac], [2]), canPlay), { play: true, note: '' });
  assert.match(chooseTracks(open([ac3], [2]), canPlay).refuse, /ac-3/);
});

test('codecs that do not go together are named together', () => {
  const apart = (mime) => !mime.includes(',');
  assert.match(chooseTracks(open([h264, aac], [1, 2]), apart).refuse, /avc1\.64001f \(H\.264\) with mp4a\.40\.2 \(AAC\)/);
});

test('a file without any track says so', () => {
  assert.match(chooseTracks(open([], []), canPlay).refuse, /no video and no sound/);
});

test('a reason that does not name the codec is completed', () => {
  assert.match(refusal({ ...mp4v, playable: false, reason: 'It is encrypted.' }), /mp4v\.20\.9 .*: It is encrypted\./);
});

test('the sounds to choose from are called by name and language, else by number', () => {
  const sound = (id, more) => ({ ...aac, id, ...more });
  const tracks = [h264, sound(2, { default: true, lang: 'de' }), ac3, sound(4, { label: 'Comments', lang: 'en' }),
    sound(5, { label: 'English, loud', lang: 'en' }), sound(6, { lang: 'und' }), sound(7, { playable: false })];
  assert.deepEqual(soundsOf({ tracks }, canPlay), [
    { id: 2, kind: 'main', label: 'German', lang: 'de' },
    { id: 4, kind: 'alternative', label: 'Comments – English', lang: 'en' },
    { id: 5, kind: 'alternative', label: 'English, loud', lang: 'en' },
    { id: 6, kind: 'alternative', label: 'Track 4', lang: 'und' },
  ]);
});
