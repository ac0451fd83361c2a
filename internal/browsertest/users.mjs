// A user for the tests of servers that want one, and the way through the login page.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// anna's password is "right".
const USERS = 'anna:$2a$04$4lfyKa5/PZ6BD3uBtHtYaOVI6LXDoz1R8mipO9rVVTzzq7nWfBzxm\n';
const KEY = '0123456789abcdef0123456789abcdef';

/** A folder with the files `users` and `key`, until the test ends; answers the path of a file in it. */
export function secrets(t) {
  const folder = mkdtempSync(join(tmpdir(), 'vodsrv-secrets-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name) => join(folder, name);
  writeFileSync(file('users'), USERS);
  writeFileSync(file('key'), KEY);
  return file;
}

/** Logs anna in on the login page. */
export async function logIn(page, password) {
  await page.type('#user', 'anna');
  await page.type('#password', password);
  await Promise.all([page.waitForNavigation(), page.click('form button')]);
}
