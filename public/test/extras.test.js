import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address } from '../address.js';
import { Extras } from '../extras.js';

const video = Object.assign(new EventTarget(), { textTracks: new EventTarget() });

/** Extras of which the server answers as `answers` say, one after the other. */
function setUp(t, answers) {
  const { fetch } = globalThis;
  t.after(() => (globalThis.fetch = fetch));
  const asked = [];
  globalThis.fetch = async (url) => {
    asked.push(url);
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const host = new EventTarget();
  const view = { media: { nativeEl: video }, chapter: {}, sound: { classList: new Set(), style: {} } };
  view.sound.classList.remove = () => {};
  const ending = new AbortController();
  t.after(() => ending.abort());
  return { asked, extras: new Extras(host, view, ending.signal, () => {}) };
}

const home = new URL('http://films.example/');
const film = new Address('film.mp4', '', home);

test('what was not learnt of a film is asked for again, what was is not', async (t) => {
  const busy = new Response('{}', { status: 503 });
  const { asked, extras } = setUp(t, [new TypeError('no network'), busy, Response.json({ title: 'The Film' })]);
  for (let i = 0; i < 4; i++) await extras.open(film);
  assert.equal(extras.info.title, 'The Film');
  assert.deepEqual(asked, Array(3).fill('http://films.example/api/info/film.mp4'));
});

test('one film is asked for once at a time, and the newest is what counts', async (t) => {
  const { asked, extras } = setUp(t, [Response.json({ title: 'One' }), Response.json({ title: 'Two' })]);
  const first = extras.open(film);
  await extras.open(film);
  await extras.open(new Address('two.mp4', '', home));
  await first;
  assert.equal(extras.info.title, 'Two');
  assert.equal(asked.length, 2);
});
