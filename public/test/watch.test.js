import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { modulesOf, PUBLIC } from './modules.js';

/** A page, with the templates that are part of it. */
function whole(page) {
  const html = readFileSync(join(PUBLIC, page), 'utf8');
  return html.replace(/\{\{template "([^"]+)" \. -\}\}\n/g, (_, part) => whole(part));
}

/** The modules that a page names in links of a kind. */
function linked(page, rel) {
  const links = whole(page).matchAll(/<link rel="(\w+)" href="\{\{\.Base\}\}\/static\/([^"]+\.js)">/g);
  return [...links].filter(([, each]) => each === rel).map(([, , path]) => path);
}

/** Those that it names for later. */
function later(page) {
  return [...whole(page).matchAll(/<meta name="later" content="([^"]+)">/g)].flatMap(([, names]) => names.trim().split(/\s+/));
}

test('the list page has the browser fetch all modules at once', () => {
  assert.deepEqual(linked('index.html', 'modulepreload'), modulesOf('app.js'));
});

for (const [page, script] of [['watch.html', 'watch.js'], ['live.html', 'live.js']]) {
  test(`${page} names what is to be fetched once the film has begun, the largest first`, () => {
    assert.deepEqual(linked(page, 'modulepreload'), []);
    const [first, ...others] = later(page);
    assert.equal(first, 'vendor/media-chrome/all.js');
    assert.deepEqual(others.sort(), [script, ...modulesOf(script)].sort());
  });
}

test('the module for other pages names all that the player needs', () => {
  const entry = readFileSync(join(PUBLIC, 'entry.js'), 'utf8');
  const named = [...entry.matchAll(/^import '\.\/static\/([^']+)';/gm)].map(([, path]) => path);
  assert.deepEqual(named, modulesOf('vod-player.js'));
});
