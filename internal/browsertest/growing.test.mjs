import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertSeek, play } from './film.mjs';
import { FPS } from './fixtures.mjs';
import { LONG, start } from './harness.mjs';
import { fragmentsWritten, GROUP, pause, record, wholeFragments } from './recorder.mjs';

/** Watches the newest for some seconds: how many fragments the picture was behind the writer, at most. */
async function follow(page, path, seconds) {
  let most = 0;
  let last = -1;
  let still = 0;
  for (const end = performance.now() + seconds * 1000; performance.now() < end; await pause(200)) {
    const newest = wholeFragments(path) - 1;
    const frame = await page.evaluate(() => film.frame());
    if (typeof frame !== 'number') continue; // none is shown
    const behind = newest - Math.floor(frame / GROUP);
    most = Math.max(most, behind);
    still = frame === last ? still + 1 : 0;
    last = frame;
    assert.ok(behind <= 2, `frame ${frame} is shown when fragment ${newest} is whole: ${await page.evaluate(() => film.describe())}`);
    assert.ok(still < 15, `the picture stands at frame ${frame}`);
  }
  return most;
}

test('a recording', async (t) => {
  const { server, openPage, folder } = await start(t, ['sample.mp4']);

  await t.test('is followed while it is written', { timeout: 150_000 }, async (t) => {
    const watched = LONG ? 60 : 12;
    const path = join(folder, 'recording.mp4');
    const list = await openPage(t, `${server.url}/`);
    const { ended } = record(t, path, watched + 24);
    await list.evaluate(() => film.textMatching(/recording\.mp4[^]*Growing/, 10));
    await fragmentsWritten(path, 3);

    const page = await openPage(t, `${server.url}/watch/recording.mp4`);
    await play(page);
    const before = await page.evaluate(() => film.video.duration);
    await page.evaluate(() => {
      film.video.currentTime = film.video.duration - 0.5;
    });
    await pause(2500);
    const most = await follow(page, path, watched);
    const { duration, segments, stats } = await page.evaluate(() => ({
      duration: film.video.duration, segments: film.player.stats.segments, stats: film.player.stats,
    }));
    assert.ok(duration > before + watched - 3, `the duration grew from ${before} to ${duration}`);
    assert.equal(stats.reconnects, 0, 'it stayed connected');
    assert.equal(stats.rebuilds, 0, 'it went on with what it had');
    t.diagnostic(`at most ${most} fragments behind; ${segments.length} segments`);

    // Who goes back sees the same, and the end comes when the recorder is done.
    await assertSeek(page, 1.5, { fps: FPS });
    await ended;
    const late = await page.evaluate(async () => {
      film.video.currentTime = film.video.duration - 1;
      await film.video.play();
      await film.ended(15);
      return [film.video.currentTime, film.video.duration];
    });
    assert.ok(late[1] > watched + 23, `the film ended at ${late}`);
    await list.bringToFront();
    await list.evaluate(() => film.textMatching(/recording\.mp4(?![^]*Growing)/, 5));
  });

  await t.test('that is killed plays to its last whole fragment', { skip: !LONG, timeout: 90_000 }, async (t) => {
    const path = join(folder, 'killed.mp4');
    const { recorder } = record(t, path, 36);
    await fragmentsWritten(path, 4);
    recorder.kill('SIGKILL');
    const page = await openPage(t, `${server.url}/watch/killed.mp4`);
    await play(page);
    await page.evaluate(() => film.ended(40));
    const { currentTime, duration } = await page.evaluate(() => ({ currentTime: film.video.currentTime, duration: film.video.duration }));
    const whole = wholeFragments(path) * GROUP / FPS;
    assert.ok(Math.abs(currentTime - duration) < 0.1 && Math.abs(duration - whole) < 0.3, `ended at ${currentTime} of ${duration}, ${whole} s are whole`);
  });
});
