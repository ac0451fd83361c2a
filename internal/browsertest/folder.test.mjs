import assert from 'node:assert/strict';
import { copyFileSync, createWriteStream, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { start } from './harness.mjs';

/** Fails unless the page's text matches within two seconds of now. */
async function shown(page, pattern, what) {
  const text = await page.evaluate((source) => film.textMatching(new RegExp(source), 2), pattern.source).catch((error) => error.message);
  assert.match(text, pattern, what);
}

async function gone(page, name) {
  const left = await page.evaluate(async (text) => {
    const deadline = performance.now() + 2000;
    while (film.text().includes(text) && performance.now() < deadline) await new Promise(requestAnimationFrame);
    return film.text().includes(text);
  }, name);
  assert.ok(!left, `${name} is still on the page after 2 s`);
}

test('a living folder', async (t) => {
  const { server, openPage, folder } = await start(t, ['sample.mp4']);

  await t.test('an open list follows it without being loaded again', async (t) => {
    // The picture of a file may be asked for under a name that it has no longer.
    const page = await openPage(t, `${server.url}/`, { tolerate: /404.*\/keyframe\/(dropped|renamed)\.mp4/ });
    const sample = join(folder, 'sample.mp4');
    await shown(page, /sample\.mp4[^]*0:30/, 'the list at first');
    await page.evaluate(() => {
      window.same = true;
      film.query('.entry a')[0].focus();
    });

    copyFileSync(sample, join(folder, 'dropped.mp4'));
    await shown(page, /dropped\.mp4[^]*0:30/, 'a dropped file');
    renameSync(join(folder, 'dropped.mp4'), join(folder, 'renamed.mp4'));
    await shown(page, /renamed\.mp4[^]*0:30/, 'a renamed file');
    await gone(page, 'dropped.mp4');
    const content = readFileSync(sample);
    const copy = createWriteStream(join(folder, 'slow copy.mp4'));
    copy.write(content.subarray(0, 300_000));
    await shown(page, /slow copy\.mp4[^]*(Cannot be played|Growing)/, 'a file being copied');
    copy.end(content.subarray(300_000));
    await shown(page, /slow copy\.mp4(?![^]*Cannot be played)(?![^]*Growing)/, 'a file that became whole');
    rmSync(join(folder, 'renamed.mp4'));
    await gone(page, 'renamed.mp4');
    const { same, focus } = await page.evaluate(() => ({ same: window.same, focus: document.activeElement.closest('.entry')?.dataset.path }));
    assert.ok(same, 'the page was loaded again');
    assert.equal(focus, 'sample.mp4', 'the focus stayed');
  });
});
