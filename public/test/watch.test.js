import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { modulesOf, PUBLIC } from './modules.js';

/** The modules that a page names in links of a kind. */
function linked(page, rel) {
  const html = readFileSync(join(PUBLIC, page), 'utf8');
  const links = html.matchAll(/<link rel="(\w+)" href="\{\{\.Base\}\}\/static\/([^"]+\.js)">/g);
  return [...links].filter(([, each]) => each === rel).map(([, , path]) => path);
}

test('the list page has the browser fetch all modules at once', () => {
  assert.deepEqual(linked('index.html', 'modulepreload'), modulesOf('app.js'));
});

test('the player page names what is to be fetched once the film has begun', () => {
  assert.deepEqual(linked('watch.html', 'modulepreload'), []);
  assert.deepEqual(linked('watch.html', 'later'), ['vendor/media-chrome/all.js', 'watch.js', ...modulesOf('watch.js')]);
});

test('so does the page of a live stream', () => {
  assert.deepEqual(linked('live.html', 'later'), ['vendor/media-chrome/all.js', 'live.js', ...modulesOf('live.js')]);
});

test('the module for other pages names all that the player needs', () => {
  const entry = readFileSync(join(PUBLIC, 'entry.js'), 'utf8');
  const named = [...entry.matchAll(/^import '\.\/static\/([^']+)';/gm)].map(([, path]) => path);
  assert.deepEqual(named, modulesOf('vod-player.js'));
});
