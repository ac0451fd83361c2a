import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { modulesOf, PUBLIC } from './modules.js';

for (const [page, main] of [['watch.html', 'watch.js'], ['index.html', 'app.js']]) {
  test(`${page} has the browser fetch all modules at once`, () => {
    const html = readFileSync(join(PUBLIC, page), 'utf8');
    const preloaded = [...html.matchAll(/<link rel="modulepreload" href="\{\{\.Base\}\}\/static\/([^"]+)">/g)].map(([, path]) => path);
    assert.deepEqual(preloaded, modulesOf(main));
  });
}

test('the module for other pages names all that the player needs', () => {
  const entry = readFileSync(join(PUBLIC, 'entry.js'), 'utf8');
  const named = [...entry.matchAll(/^import '\.\/static\/([^']+)';/gm)].map(([, path]) => path);
  assert.deepEqual(named, modulesOf('vod-player.js'));
});
