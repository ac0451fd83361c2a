import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address } from '../address.js';
import { liveWays, nativeWays } from '../ways.js';

const home = new URL('https://films.example/base/');

test('a film is named by its path, or by the URL of its page, its file or its WebSocket', () => {
  const cases = [
    ['a%20b/film.mp4', '', 'media', {}, 'https://films.example/base/media/a%20b/film.mp4'],
    ['film.mp4', '', 'ws', { t: '1' }, 'wss://films.example/base/ws/film.mp4?t=1'],
    ['film.mp4', 'T', 'api/info', {}, 'https://films.example/base/api/info/film.mp4?token=T'],
    ['http://other:81/watch/x/film.mp4?t=5#a', '', 'ws', {}, 'ws://other:81/ws/x/film.mp4'],
    ['ws://other:81/films/ws/film.mp4?token=S', '', 'media', {}, 'http://other:81/films/media/film.mp4?token=S'],
    ['camera', '', 'live', {}, 'wss://films.example/base/live/camera'],
    ['https://other/live/camera', '', 'live', {}, 'wss://other/live/camera'],
    ['/base/watch/x/film.mp4?t=5', '', 'media', {}, 'https://films.example/base/media/x/film.mp4'],
    ['/watch/film.mp4', '', 'ws', {}, 'wss://films.example/ws/film.mp4'],
    ['//other/watch/film.mp4', '', 'media', {}, 'https://other/media/film.mp4'],
    ['http://', '', 'ws', {}, 'wss://films.example/base/ws/http://'],
    ['https://other/media/film.mp4?token=S', 'T', 'media', {}, 'https://other/media/film.mp4?token=T'],
  ];
  for (const [src, token, route, query, want] of cases) assert.equal(new Address(src, token, home).at(route, query), want, src);
});

test('what follows the path stands before the query', () => {
  assert.equal(new Address('film.mp4', 'T', home).at('hls', {}, '/master.m3u8'), 'https://films.example/base/hls/film.mp4/master.m3u8?token=T');
});

test('a foreign server is known as one', () => {
  const page = new URL('https://films.example/watch/film.mp4');
  assert.equal(new Address('film.mp4', '', home).isForeign(page), false);
  assert.equal(new Address('https://other/watch/film.mp4', '', home).isForeign(page), true);
});

test('a page that came over https gets nothing over http but from its own machine', () => {
  const cases = [
    ['https://films.example/', 'http://other/watch/film.mp4', true], ['https://films.example/', 'ws://other/ws/film.mp4', true],
    ['https://films.example/', 'https://other/watch/film.mp4', false], ['http://films.example/', 'http://other/watch/film.mp4', false],
    ['https://films.example/', 'http://localhost:8327/watch/film.mp4', false], ['https://films.example/', 'http://127.0.0.1/watch/film.mp4', false],
    ['https://films.example/', 'http://[::1]:1/watch/film.mp4', false], ['https://films.example/', 'http://localhost.example/watch/film.mp4', true],
    ['https://films.example/', 'film.mp4', false],
  ];
  for (const [page, src, want] of cases) assert.equal(new Address(src, '', home).isMixed(new URL(page)), want, `${src} on ${page}`);
});

test('without MSE it is HLS where both can do it, else the file where it may be had', async () => {
  const address = new Address('film.mp4', '', home);
  const video = (plays) => ({ canPlayType: () => plays });
  const status = (code) => async () => ({ status: code });
  const unreachable = async () => {
    throw new TypeError('no network');
  };
  const cases = [
    ['maybe', status(200), true, ['hls', 'file']], ['maybe', status(404), true, ['file']], ['maybe', unreachable, true, ['file']],
    ['', status(200), true, ['file']], ['', status(200), false, []], ['maybe', status(200), false, ['hls']], ['maybe', status(404), false, []],
  ];
  for (const [plays, ask, download, want] of cases) {
    assert.deepEqual((await nativeWays(video(plays), address, download, ask)).map(({ name }) => name), want);
  }
});

test('without MSE a live stream is HLS, or nothing', () => {
  const address = new Address('camera', '', home);
  assert.deepEqual(liveWays({ canPlayType: () => 'maybe' }, address).map(({ url }) => String(url)), [String(address.at('live', {}, '/master.m3u8'))]);
  assert.deepEqual(liveWays({ canPlayType: () => '' }, address), []);
});
