import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Beginning, fetchBeginning, Messages } from '../beginning.js';

const encoder = new TextEncoder();
const OPEN = '{"type":"open","name":"a\\nü"}';
const DATA = '{"type":"data","bytes":4}';
const BODY = [...encoder.encode(`${OPEN}\n${DATA}\n`), 10, 0, 255, 10, ...encoder.encode(`${DATA}\n`), 1, 2, 3, 4];
const HEARD = [OPEN, DATA, '10,0,255,10', DATA, '1,2,3,4'];

const told = (data) => (typeof data === 'string' ? data : String(new Uint8Array(data)));

test('messages come whole, however the bytes come', () => {
  for (const size of [1, 2, 3, 7, 31, BODY.length]) {
    const heard = [];
    const messages = new Messages((data) => heard.push(told(data)));
    for (let at = 0; at < BODY.length; at += size) messages.take(Uint8Array.from(BODY.slice(at, at + size)));
    assert.deepEqual(heard, HEARD, `in pieces of ${size}`);
  }
});

/** Hears a beginning whose body is given in pieces; an Error among them breaks it off. */
async function hear(t, pieces, { ok = true, during = () => {} } = {}) {
  const body = new ReadableStream({
    pull(controller) {
      const piece = pieces.shift();
      if (!piece) controller.close();
      else if (piece instanceof Error) controller.error(piece);
      else controller.enqueue(Uint8Array.from(piece));
    },
  });
  let url;
  t.mock.method(globalThis, 'fetch', async (asked) => {
    url = asked;
    return { ok, body };
  });
  const heard = [];
  const beginning = new Beginning('http://x/begin/film.mp4');
  beginning.onopen = () => heard.push('open');
  beginning.onmessage = ({ data }) => {
    heard.push(told(data));
    during(beginning);
  };
  beginning.onclose = ({ goOn }) => heard.push(`close ${goOn}`);
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(url, 'http://x/begin/film.mp4');
  return heard;
}

test('what came whole is gone on with', async (t) => {
  assert.deepEqual(await hear(t, [BODY]), ['open', ...HEARD, 'close true']);
});

test('what was refused is asked for again otherwise', async (t) => {
  assert.deepEqual(await hear(t, [BODY], { ok: false }), ['close true']);
});

test('what broke off says so', async (t) => {
  assert.deepEqual(await hear(t, [BODY.slice(0, -1), new Error('cut')]), ['open', ...HEARD.slice(0, -1), 'close false']);
});

test('who gives up hears no more', async (t) => {
  const giveUp = (beginning) => {
    beginning.onmessage = null;
    beginning.close();
  };
  assert.deepEqual(await hear(t, [BODY, BODY], { during: giveUp }), ['open', OPEN]);
});

test('what was asked for before is taken where it is the same', async (t) => {
  const asked = [];
  t.mock.method(globalThis, 'fetch', async (url, { signal }) => {
    asked.push({ url, signal });
    return { ok: false };
  });
  const early = fetchBeginning('http://x/begin/a.mp4');
  new Beginning('http://x/begin/a.mp4', early).close();
  assert.equal(asked.length, 1);
  assert.ok(asked[0].signal.aborted, 'who closes it ends the request');

  const other = fetchBeginning('http://x/begin/a.mp4?t=0');
  const beginning = new Beginning('http://x/begin/a.mp4?t=5', other);
  assert.deepEqual(asked.slice(1).map(({ url, signal }) => [url, signal.aborted]), [['http://x/begin/a.mp4?t=0', true], ['http://x/begin/a.mp4?t=5', false]]);
  beginning.close();
});
