// The ten-line page of the README, as it stands there, but for the address of the server.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { assertInStepWithClock, assertSeek, play } from './film.mjs';
import { FPS } from './fixtures.mjs';
import { start } from './harness.mjs';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const [, demo] = readme.match(/```html\n([^]*?)```/);

test('the ten-line page of the README plays the sample', async (t) => {
  let html;
  const website = createServer((request, response) => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(request.url === '/' ? html : '');
  }).listen(0, '127.0.0.1');
  await once(website, 'listening');
  t.after(() => website.close());
  const origin = `http://127.0.0.1:${website.address().port}`;

  const { server, openPage } = await start(t, ['sample.mp4'], '--allow-origin', origin);
  html = demo.replace('localhost:8327', new URL(server.url).host);
  assert.notEqual(html, demo);

  await t.test('it plays', async (t) => {
    const page = await openPage(t, `${origin}/`);
    await play(page);
    await assertInStepWithClock(page, 5);
    await assertSeek(page, 3.13, { fps: FPS });
  });
});
