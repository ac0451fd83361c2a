import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Commands, speedFrom } from '../commands.js';
import { commandOf, focusedKind, help, keyOf } from '../keys.js';

test('keys mean what they mean on other sites', () => {
  const cases = [
    [' ', '', 'togglePlay'], ['k', 'button', 'togglePlay'], [' ', 'button', null],
    ['j', '', 'seekBy', -10], ['l', 'slider', 'seekBy', 10],
    ['ArrowLeft', '', 'seekBy', -5], ['ArrowRight', 'button', 'seekBy', 5], ['ArrowRight', 'slider', null],
    ['ArrowUp', '', 'louderBy', 0.05], ['ArrowDown', 'slider', null],
    ['f', '', 'toggleFullScreen'], ['M', '', 'toggleMute'], ['c', '', 'toggleCaptions'],
    ['<', '', 'speedBy', -1], ['>', '', 'speedBy', 1],
    ['0', '', 'seekToPart', 0], ['7', '', 'seekToPart', 0.7], ['?', '', 'toggleHelp'], ['x', '', null],
  ];
  for (const [key, on, name, value] of cases) {
    const command = commandOf(key, on);
    assert.equal(command?.name ?? null, name, `${key} on ${on}`);
    if (value !== undefined) assert.equal(command.value, value);
  }
});

test('letters are where they are, whatever script the keyboard writes', () => {
  const cases = [
    [{ key: 'л', code: 'KeyK' }, 'k'], [{ key: 'З', code: 'KeyP', shiftKey: true }, 'P'], [{ key: 'φ', code: 'KeyF' }, 'f'],
    [{ key: 'צ', code: 'KeyM' }, 'm'],
    // What is Latin is where it stands on its own keyboard.
    [{ key: 'a', code: 'KeyQ' }, 'a'], [{ key: '?', code: 'KeyM', shiftKey: true }, '?'], [{ key: 'é', code: 'Digit2' }, 'é'],
    [{ key: ' ', code: 'Space' }, ' '], [{ key: 'ArrowLeft', code: 'ArrowLeft' }, 'ArrowLeft'], [{ key: 'k' }, 'k'],
  ];
  for (const [event, want] of cases) assert.equal(keyOf(event), want, event.key);
});

test('a key that is held down seeks on, but switches once', () => {
  const held = [' ', 'k', 'j', 'ArrowRight', 'ArrowUp', 'm', 'c', 'f', '<', '5', 'N'].filter((key) => commandOf(key).held);
  assert.deepEqual(held, ['j', 'ArrowRight', 'ArrowUp', '<']);
});

test('every key has its command, and the help names them', () => {
  for (const { shown, says } of help()) assert.ok(shown && says);
  for (const key of [' ', 'k', 'j', 'ArrowUp', 'm', 'c', 'f', 'p', '<', '3', 'Home', 'P', 'N', 'i', '?']) {
    assert.equal(typeof Commands.prototype[commandOf(key).name], 'function', key);
  }
});

test('speed goes from step to step, also from between them', () => {
  assert.equal(speedFrom(1, 1), 1.25);
  assert.equal(speedFrom(1, -1), 0.75);
  assert.equal(speedFrom(1.1, 1), 1.25);
  assert.equal(speedFrom(1.1, -1), 1);
  assert.equal(speedFrom(4, 1), 4);
  assert.equal(speedFrom(0.25, -1), 0.25);
});

function player({ duration = 100, textTracks = [] } = {}) {
  const media = { duration, currentTime: 10, volume: 0.98, muted: true, playbackRate: 1, seekable: { length: 0 }, textTracks, asked: [] };
  media.dispatchEvent = ({ type, detail }) => media.asked.push([type, detail]);
  const events = [];
  const host = { attributes: new Set(), hasAttribute: (name) => host.attributes.has(name), dispatchEvent: ({ type }) => events.push(type) };
  return { media, host, events, commands: new Commands(host, media, {}) };
}

test('commands stay within the film and the volume', () => {
  const { media, commands } = player();
  commands.seekBy(-20);
  assert.equal(media.currentTime, 0);
  commands.seekToPart(0.9);
  assert.equal(media.currentTime, 90);
  commands.seekBy(20);
  assert.equal(media.currentTime, 100);
  commands.louderBy(0.05);
  assert.deepEqual([media.volume, media.muted], [1, false]);
  assert.deepEqual(media.asked, [['mediavolumerequest', 1]], 'it is not kept otherwise');
});

test('nothing is sought before the length is known', () => {
  const { media, commands } = player({ duration: NaN });
  commands.seekToPart(0.5);
  commands.seekBy(5);
  assert.equal(media.currentTime, 10);
});

test('captions come back as they were', () => {
  const tracks = [
    { kind: 'chapters', mode: 'hidden', language: 'en' },
    { kind: 'subtitles', mode: 'disabled', language: 'xx' },
    { kind: 'captions', mode: 'disabled', language: 'yy' },
  ];
  const { commands } = player({ textTracks: tracks });
  commands.toggleCaptions();
  assert.deepEqual(tracks.map(({ mode }) => mode), ['hidden', 'showing', 'disabled']);
  tracks[1].mode = 'disabled';
  tracks[2].mode = 'showing';
  commands.toggleCaptions();
  commands.toggleCaptions();
  assert.deepEqual(tracks.map(({ mode }) => mode), ['hidden', 'disabled', 'showing']);
});

test('there is a previous and a next film only where the host says so', () => {
  const { host, events, commands } = player();
  commands.goNext();
  host.attributes.add('next');
  commands.goNext();
  commands.goPrevious();
  assert.deepEqual(events, ['vod-next']);
});

test('what is in focus keeps its own keys', () => {
  const element = (localName, type = '') => ({
    localName,
    matches: (selectors) => selectors.split(', ').some((each) => each === localName || each === `${localName}[type=${type}]`),
  });
  const cases = [['button', 'button'], ['a', 'button'], ['summary', 'button'], ['select', 'button'], ['div', ''], ['media-time-range', 'slider']];
  for (const [name, kind] of cases) assert.equal(focusedKind([element(name), element('body'), {}]), kind, name);
  assert.equal(focusedKind([element('input', 'range')]), 'slider');
});
