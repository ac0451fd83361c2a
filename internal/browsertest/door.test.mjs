import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { assertInStepWithClock, assertSeek, play } from './film.mjs';
import { FPS } from './fixtures.mjs';
import { firefox, start } from './harness.mjs';
import { sign } from './server.mjs';
import { logIn, secrets } from './users.mjs';

// A refusal is an error to a browser's console, too.
const refused = { tolerate: /401 \(Unauthorized\)/ };

test('a locked door', async (t) => {
  const file = secrets(t);
  const { server, openPage } = await start(t, ['sample.mp4', 'progressive.mp4'], '--users-file', file('users'), '--key-file', file('key'), '--log-level', 'debug');

  await t.test('leads to the login, and on to where one wanted to go', async (t) => {
    const page = await openPage(t, `${server.url}/watch/sample.mp4?t=5`, refused);
    assert.equal(new URL(page.url()).pathname, '/login');
    await logIn(page, 'wrong');
    assert.match(await page.evaluate(() => film.text()), /password is wrong/);
    await page.type('#password', 'right');
    await Promise.all([page.waitForNavigation(), page.click('form button')]);
    assert.equal(page.url(), `${server.url}/watch/sample.mp4?t=5`);
    await play(page);
    await assertInStepWithClock(page, 2);
    await page.goto(`${server.url}/`);
    assert.match(await page.evaluate(() => film.textMatching(/sample\.mp4/, 10)), /anna/);
    await Promise.all([page.waitForNavigation(), page.click('.session button')]);
    assert.equal(new URL(page.url()).pathname, '/login');
    await page.goto(`${server.url}/`);
    assert.equal(new URL(page.url()).pathname, '/login');
  });

  // Puppeteer cannot turn scripts off in Firefox.
  await t.test('opens without scripts', { skip: firefox }, async (t) => {
    const page = await openPage(t, 'about:blank', refused);
    await page.setJavaScriptEnabled(false);
    await page.goto(`${server.url}/`);
    await logIn(page, 'right');
    assert.equal(page.url(), `${server.url}/`);
    assert.match(await page.content(), /href="\/watch\/sample\.mp4"/);
    await Promise.all([page.waitForNavigation(), page.click('.session button')]);
    assert.equal(new URL(page.url()).pathname, '/login');
  });

  await t.test('lets the bearer of a link watch that film, and nothing else', async (t) => {
    const link = sign('--key-file', file('key'), '--base', server.url, 'sample.mp4');
    const page = await openPage(t, link, refused);
    await play(page);
    await assertInStepWithClock(page, 2);
    await assertSeek(page, 20, { fps: FPS });
    const text = await page.evaluate(() => film.text());
    assert.match(text, /0:30/); // what /api/info told
    assert.doesNotMatch(text, /Download|All files/);
    const answers = await page.evaluate(async (query) => {
      const ask = async (path) => (await fetch(path + query)).status;
      return [await ask('/media/sample.mp4'), await ask('/api/list'), await ask('/api/info/progressive.mp4'), await ask('/api/info/sample.mp4')];
    }, new URL(link).search).catch((error) => [error.message]);
    assert.deepEqual(answers, [401, 401, 401, 200]);
    assert.ok(!server.log().includes(new URL(link).searchParams.get('token').slice(-20)), 'the token stands in the log');
    await page.goto(link.replace('sample', 'progressive'));
    assert.equal(new URL(page.url()).pathname, '/login');
    assert.match(await page.evaluate(() => film.text()), /not valid/);
  });

  await t.test('a user makes a link for a guest on the page', async (t) => {
    const page = await openPage(t, `${server.url}/watch/sample.mp4`);
    if (new URL(page.url()).pathname === '/login') await logIn(page, 'right');
    await play(page);
    await page.evaluate(() => {
      navigator.clipboard.writeText = async (text) => {
        window.copied = text;
      };
      film.query('#tools button').find((button) => /guest/.test(button.textContent)).click();
    });
    await page.evaluate(() => film.textMatching(/The link is copied. It is good until/, 5));
    const link = await page.evaluate(() => window.copied);
    assert.match(link, /\/watch\/sample\.mp4\?token=/);
    await page.goto(`${server.url}/`);
    await Promise.all([page.waitForNavigation(), page.click('.session button')]);
    const guest = await openPage(t, link, refused);
    await play(guest);
    assert.doesNotMatch(await guest.evaluate(() => film.text()), /Download|Play all|for a guest|Clip/);
  });

  await t.test('offers the file to the bearer of a link to download', async (t) => {
    const link = sign('--key-file', file('key'), '--base', server.url, '--scope', 'download', 'sample.mp4');
    const page = await openPage(t, link.replace('/media/', '/watch/'));
    await play(page);
    const original = await page.$eval('#tools a', (a) => a.href);
    assert.equal(original, link);
  });
});

test('over TLS', async (t) => {
  const file = secrets(t);
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', file('key.pem'), '-out', file('cert.pem')], { stdio: 'ignore' });
  const { server, openPage } = await start(t, ['sample.mp4'], '--users-file', file('users'), '--tls-cert', file('cert.pem'), '--tls-key', file('key.pem'));

  await t.test('one logs in and watches', async (t) => {
    assert.match(server.url, /^https:/);
    const page = await openPage(t, `${server.url}/watch/sample.mp4`);
    await logIn(page, 'right');
    await play(page);
    await assertInStepWithClock(page, 2);
    await assertSeek(page, 20, { fps: FPS });
    const protocol = await page.evaluate(() => performance.getEntriesByType('navigation')[0].nextHopProtocol);
    assert.equal(protocol, 'h2');
    const [cookie] = await page.cookies();
    assert.deepEqual([cookie.name, cookie.secure, cookie.httpOnly, cookie.sameSite], ['vodsrv_session', true, true, 'Lax']);
  });
});
