// Captions, chapters, title and cover, as the film and the files beside it have them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { play } from './film.mjs';
import { start } from './harness.mjs';

const srt = (text) => `1\n00:00:01,000 --> 00:00:20,000\n${text}\n`;

const chapters = [[0, 'Arrival'], [10_000, 'Work & <rest>'], [20_000, 'Departure']]
  .map(([from, title]) => `[CHAPTER]\nTIMEBASE=1/1000\nSTART=${from}\nEND=${from + 10_000}\ntitle=${title}\n`).join('');

/** Makes film.mp4 of sample.mp4: with a text track, chapters, a title, a cover; and a text beside it. */
function dress(folder) {
  const file = (name) => join(folder, name);
  writeFileSync(file('inside.txt'), srt('Hello from within'));
  writeFileSync(file('chapters.txt'), `;FFMETADATA1\ntitle=The Film\nartist=Somebody\n${chapters}`);
  execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-i', file('sample.mp4'), '-f', 'srt', '-i', file('inside.txt'), '-f', 'ffmetadata', '-i', file('chapters.txt'),
    '-f', 'lavfi', '-i', 'color=c=teal:s=64x64:d=0.04', '-map', '0', '-map', '1', '-map', '3', '-frames:v:1', '1',
    '-map_metadata', '2', '-map_chapters', '2', '-c', 'copy', '-c:s', 'mov_text', '-c:v:1', 'mjpeg', '-disposition:v:1', 'attached_pic',
    '-metadata:s:s:0', 'language=eng', file('film.mp4')]);
  writeFileSync(file('film.de.srt'), srt('Grüße von nebenan'));
  return readdirSync(folder);
}

const shown = (page) => page.evaluate(() => [...film.video.textTracks]
  .filter(({ kind, mode }) => kind !== 'chapters' && mode === 'showing')
  .flatMap(({ activeCues }) => [...(activeCues ?? [])].map(({ text }) => text)));

test('what a film has beside pictures and sound', async (t) => {
  const { server, openPage, folder } = await start(t, ['sample.mp4']);
  dress(folder);
  const open = async (t) => {
    const page = await openPage(t, `${server.url}/watch/film.mp4?t=0`);
    await play(page);
    await page.waitForFunction(() => film.player.info);
    await page.waitForSelector('>>>media-captions-menu-button[mediasubtitleslist]');
    return page;
  };

  await t.test('captions: from the film and from beside it, by key and by menu', async (t) => {
    const page = await open(t);
    const tracks = await page.evaluate(() => [...film.video.textTracks].filter(({ kind }) => kind === 'subtitles')
      .map(({ language, mode }) => [language, mode]));
    assert.deepEqual(tracks.map(([language]) => language).sort(), ['de', 'en']);
    assert.ok(tracks.every(([, mode]) => mode !== 'showing'));
    await page.evaluate(() => {
      film.video.currentTime = 5;
    });
    await page.keyboard.press('c');
    await page.waitForFunction(() => [...film.video.textTracks].some(({ mode, activeCues }) => mode === 'showing' && activeCues?.length > 0));
    assert.deepEqual(await shown(page), ['Hello from within'], 'the language of the browser comes first');
    await page.locator('>>>media-captions-menu-button').click();
    await page.locator('>>>media-captions-menu >>> media-chrome-menu-item[value*="de"]').click();
    await page.waitForFunction(() => [...film.video.textTracks].some(({ language, mode, activeCues }) => language === 'de' && mode === 'showing' && activeCues?.length > 0));
    assert.deepEqual(await shown(page), ['Grüße von nebenan']);
    await page.evaluate(() => film.player.focus());
    await page.keyboard.press('c');
    assert.deepEqual(await shown(page), []);
    await page.keyboard.press('c');
    await page.waitForFunction(() => [...film.video.textTracks].some(({ language, mode }) => language === 'de' && mode === 'showing'), undefined, 'they come back as they were');
  });

  await t.test('chapters mark the seek bar, and the one that plays is named', async (t) => {
    const page = await open(t);
    await page.waitForFunction(() => film.query('media-time-range')[0].mediaChaptersCues?.length === 3);
    const marks = await page.evaluate(() => film.query('media-time-range')[0].mediaChaptersCues.map(({ text, startTime, endTime }) => [text, Math.round(startTime), Math.round(endTime)]));
    assert.deepEqual(marks, [['Arrival', 0, 10], ['Work & <rest>', 10, 20], ['Departure', 20, 30]]);
    const named = () => page.evaluate(() => film.query('.chapter')[0].textContent);
    assert.equal(await named(), 'Arrival');
    await page.evaluate(() => film.seek(12));
    assert.equal(await named(), 'Work & <rest>');
  });

  await t.test('title and cover are told to the system', async (t) => {
    const page = await open(t);
    await page.waitForFunction(() => navigator.mediaSession.metadata?.artwork.length === 1);
    const told = await page.evaluate(() => {
      const { title, artist, artwork } = navigator.mediaSession.metadata;
      return [title, artist, artwork[0].src.slice(0, 5)];
    });
    assert.deepEqual(told, ['The Film', 'Somebody', 'blob:']);
  });
});
