// A film that is served alone.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertInStepWithClock, play } from './film.mjs';
import { mediaFolder } from './fixtures.mjs';
import { start } from './harness.mjs';

test('one film served alone', async (t) => {
  const beside = mediaFolder(['sample.mp4', 'audio-only.m4a']);
  t.after(beside.remove);
  writeFileSync(join(beside.path, 'sample.de.srt'), '1\n00:00:01,000 --> 00:00:20,000\nGrüße\n');
  const { server, openPage } = await start(t, [], join(beside.path, 'sample.mp4'));

  await t.test('is what the address leads to, and plays without a list around it', async (t) => {
    const page = await openPage(t, `${server.url}/`);
    assert.equal(new URL(page.url()).pathname, '/watch/sample.mp4');
    await play(page);
    await assertInStepWithClock(page, 2);
    await page.waitForSelector('>>>media-captions-menu-button[mediasubtitleslist]');
    const text = await page.evaluate(() => document.body.innerText);
    assert.ok(!/All files|Play all|audio-only/.test(text), text);
    assert.equal(await page.$('#back'), null);
  });
});
