// Which modules a module imports when it is loaded.

import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PUBLIC = fileURLToPath(new URL('..', import.meta.url));

const IMPORT = /^(?:import|(?:import|export)\b[^'";]*?\bfrom)\s*['"]([^'"]+)['"]/gm;

/** All modules that `entry` needs, without itself, sorted, by their paths below public/. */
export function modulesOf(entry) {
  const seen = new Set([entry]);
  for (const path of seen) {
    const source = readFileSync(join(PUBLIC, path), 'utf8');
    for (const [, name] of source.matchAll(IMPORT)) {
      if (name.startsWith('.')) seen.add(normalize(join(dirname(path), name)));
    }
  }
  seen.delete(entry);
  return [...seen].sort();
}
