// Files of many makers: each plays, or the page says why not. VODSRV_PLAYS names a file for a table of it.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { firefox, LONG, start } from './harness.mjs';
import { describe } from './server.mjs';
import { plugInSoundCard } from './sound-card.mjs';

const corpus = join(process.env.VODSRV_CORPUS ?? fileURLToPath(new URL('../../../shared/corpus', import.meta.url)), 'valid');
const table = process.env.VODSRV_PLAYS;
const wanted = LONG || Boolean(table);
const skip = !wanted ? 'takes minutes' : !existsSync(corpus) && `there are no files in ${corpus}: set VODSRV_CORPUS`;

const served = /\.(mp4|m4v|m4a|mov|f4v|3gp|3g2)$/;
const LEAST = 40;

/** Runs in the page: how playing it went, as {played, picture, note} or {sentence}. */
async function outcome() {
  const SECONDS = 20;
  const sentence = () => film.query('[role=alert]').filter((element) => element.checkVisibility()).map((element) => element.querySelector('p')?.innerText).join(' ');
  for (const end = performance.now() + SECONDS * 1000; performance.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const { video } = film;
    if (film.player?.hasAttribute('failed')) return { sentence: sentence() };
    // What the player says comes with its controls, which may be later than the film.
    if (!film.player?.media || !video || video.readyState < HTMLMediaElement.HAVE_METADATA) continue;
    const picture = video.videoWidth > 0;
    const { totalVideoFrames: frames } = video.getVideoPlaybackQuality();
    if (video.ended || (video.currentTime > Math.min(1, video.duration / 2) && (frames > 0 || !picture))) {
      const notes = film.query('[role=status]').filter((element) => !element.hidden).map((element) => element.textContent.trim());
      return { played: video.currentTime, picture, frames, note: notes.filter(Boolean).join(' ') };
    }
  }
  return { stuck: film.describe() };
}

const seconds = (duration) => `${duration < 10 ? duration.toFixed(1) : Math.round(duration)} s`;

function row(name, info, { sentence, note }) {
  const codecs = info?.tracks.map(({ kind, codec }) => codec || kind).join(', ') ?? '';
  const came = sentence ? `no: ${sentence}` : note ? `yes. ${note}` : 'yes';
  return `| ${[name.replaceAll('+', '/'), codecs, info ? seconds(info.duration ?? 0) : '', came].map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

test('files of many makers', { skip }, async (t) => {
  if (firefox) await plugInSoundCard(t);
  const { server, openPage, folder } = await start(t, ['sample.mp4']);
  const names = readdirSync(corpus, { recursive: true }).filter((name) => served.test(name)).sort();
  assert.ok(names.length >= LEAST, `${names.length} files in ${corpus}`);
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    copyFileSync(join(corpus, name), join(folder, name));
  }
  const infos = new Map(describe(names.map((name) => join(folder, name))).map((info) => [info.path, info]));

  const rows = [];
  let version = '';
  for (const name of names) {
    await t.test(name, async (t) => {
      const page = await openPage(t, `${server.url}/watch/${name.split('/').map(encodeURIComponent).join('/')}`);
      version ||= await page.evaluate(() => navigator.userAgent.match(/(Chrome|Firefox)\/[\d.]+/)[0].replace('/', ' '));
      const came = await page.evaluate(outcome);
      const info = infos.get(join(folder, name));
      rows.push(row(name, info, came));
      assert.ok(!came.stuck, came.stuck);
      if (came.sentence !== undefined) return assert.match(came.sentence, /^[A-Z][^]{10,}/, 'a sentence that says why not');
      assert.ok(came.played > 0);
      if (came.picture) assert.ok(came.frames > 0, 'a frame was shown');
      assert.equal(came.picture, info.tracks.some(({ kind, playable }) => kind === 'video' && playable), 'the picture is there');
    });
  }
  if (table) writeFileSync(table, `${head(version)}\n${rows.join('\n')}\n`);
});

const head = (version) => `# What plays

Files of many makers, as public test collections hold them, and what the player makes of each in
${version.replace('Chrome', 'Chromium')} on Debian. \`make plays\` plays them all and writes this page.

| file | tracks | length | plays |
| --- | --- | --- | --- |`;
