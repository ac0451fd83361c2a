import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleOf } from '../hover-preview.js';
import { offer, pictureToDecode, verdict } from '../badge.js';

const film = (mime, ...tracks) => ({ kind: 'video', state: 'ready', mime, tracks });
const h264 = { id: 1, kind: 'video', codec: 'avc1.64001e', playable: true, width: 640, height: 360, fps: 25, bitrate: 1e5 };
const aac = { id: 2, kind: 'audio', codec: 'mp4a.40.2', playable: true };
const ac3 = { id: 3, kind: 'audio', codec: 'ac-3', playable: true, default: true };
const alac = { id: 4, kind: 'audio', codec: 'alac', playable: false, reason: 'MSE cannot carry alac.' };
const both = 'video/mp4; codecs="avc1.64001e,mp4a.40.2"';

const all = () => true;
const but = (...codecs) => (mime) => !codecs.some((codec) => mime.includes(codec));

test('the tracks of a MIME type', () => {
  assert.deepEqual(offer(film(both, h264, aac)), [{ mime: both, tracks: [1, 2] }]);
  const second = { ...aac, id: 5, default: true };
  assert.deepEqual(offer(film(both, h264, aac, second))[0].tracks, [1, 5], 'the default of its kind');
  assert.deepEqual(offer(film('', alac)), []);
});

test('what is said of a film', () => {
  for (const [name, entry, plays, want] of [
    ['all of it', film(both, h264, aac), all, { plays: true, note: '' }],
    ['no picture', film(both, h264, aac), but('avc1'), { plays: false, reason: /cannot play the video.*H\.264/ }],
    ['no sound', film(both, h264, aac), but('mp4a'), { plays: true, note: /no sound/ }],
    ['another sound', film('video/mp4; codecs="avc1.64001e,ac-3"', h264, ac3, aac), but('ac-3'), { plays: true, note: /Another audio track/ }],
    ['nothing MSE can carry', film('', alac), all, { plays: false, reason: /alac/ }],
  ]) {
    const said = verdict(entry, plays);
    assert.equal(said.plays, want.plays, name);
    for (const key of ['note', 'reason']) {
      if (want[key] instanceof RegExp) assert.match(said[key], want[key], name);
      else assert.equal(said[key], want[key], name);
    }
  }
});

test('nothing is said of what is not known', () => {
  assert.equal(verdict({ kind: 'dir', tracks: [] }, all), null);
  assert.equal(verdict({ ...film(both, h264), state: 'indexing' }, all), null);
  assert.equal(verdict({ ...film(both), state: 'invalid' }, all), null);
});

test('what decodingInfo is asked', () => {
  assert.deepEqual(pictureToDecode(film(both, h264, aac)).video,
    { contentType: 'video/mp4; codecs="avc1.64001e"', width: 640, height: 360, bitrate: 1e5, framerate: 25 });
  const uncounted = { ...h264, bitrate: null, fps: null };
  const { bitrate, framerate } = pictureToDecode(film(both, uncounted, aac)).video;
  assert.ok(bitrate > 0 && framerate > 0, 'it must not be asked about nothing');
  assert.equal(pictureToDecode(film('audio/mp4; codecs="mp4a.40.2"', aac)), null);
});

test('the seconds that are shown of a film', () => {
  const entry = (more) => ({ ...film(both, h264, aac), duration: 100, ...more });
  assert.deepEqual(sampleOf(entry(), all), { from: '20.00', to: '26.00', tracks: 1 });
  assert.deepEqual(sampleOf(entry({ duration: 4 }), all), { from: '0.00', to: '4.00', tracks: 1 });
  assert.deepEqual(sampleOf(entry({ duration: 7 }), all), { from: '1.00', to: '7.00', tracks: 1 });
  for (const none of [entry({ state: 'growing' }), entry({ duration: 0 }), entry({ kind: 'dir' }), { ...film('audio/mp4; codecs="mp4a.40.2"', aac), duration: 9 }]) {
    assert.equal(sampleOf(none, all), null);
  }
  assert.equal(sampleOf(entry(), but('avc1')), null);
});
