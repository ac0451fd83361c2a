// Takes the README's picture, docs/screenshot.png, of the real page.
import { fileURLToPath } from 'node:url';
import { play } from './film.mjs';
import { start } from './harness.mjs';

const path = fileURLToPath(new URL('../../docs/screenshot.png', import.meta.url));

// Stands in for the context of a test, whose end closes what was opened.
const undo = [];
const context = { name: 'screenshot', after: (step) => undo.push(step) };
try {
  const { server, openPage } = await start(context, ['sample.mp4']);
  const page = await openPage(context, `${server.url}/watch/sample.mp4`);
  await play(page);
  await page.evaluate(() => film.seek(12.6));
  await page.evaluate(() => film.bufferedSoon(20));
  await page.screenshot({ path });
} finally {
  for (const step of undo.reverse()) await step();
}
