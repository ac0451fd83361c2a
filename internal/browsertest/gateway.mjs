// A real S3 server for tests: versitygw, as internal/gateway runs it for those in Go.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cache } from './fixtures.mjs';

const bucket = 'films';
const region = 'us-east-1';
const key = 'test';
const secret = 'a secret of the tests';

/** The server's program, on the PATH or where deps.sh and the Go tests put it; undefined if there is none. */
export function gatewayProgram() {
  if (spawnSync('versitygw', ['--version']).status === 0) return 'versitygw';
  const built = existsSync(cache) ? readdirSync(cache).filter((name) => name.startsWith('versitygw-')) : [];
  return built.map((name) => join(cache, name, 'versitygw')).find((path) => existsSync(path));
}

/**
 * Starts a store with an empty bucket, which ends with the test. Returns {place, env, put(name,
 * path), kill(), again()}: the URL to serve, the variables to find it by, and what copies a file into
 * it, ends it at once, and starts it anew with what it had.
 */
export async function startGateway(t, program) {
  const folder = mkdtempSync(join(tmpdir(), 'vodsrv-store-'));
  mkdirSync(join(folder, bucket));
  const host = `127.0.0.1:${await freePort()}`;
  const run = async () => {
    const child = spawn(program, ['--port', host, '--access', key, '--secret', secret, '--keep-alive', '--quiet', 'posix', folder], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await answers(host);
    return () => {
      child.kill('SIGKILL');
      return ended;
    };
  };
  let kill = await run();
  t.after(async () => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    place: `s3://${bucket}`,
    env: { AWS_ENDPOINT_URL: `http://${host}`, AWS_REGION: region, AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret },
    put: (name, path) => put(host, name, readFileSync(path)),
    kill: () => kill(),
    again: async () => {
      kill = await run();
    },
  };
}

async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(host) {
  for (let tries = 0; ; tries++) {
    try {
      await (await fetch(`http://${host}/`)).arrayBuffer();
      return;
    } catch (error) {
      if (tries === 400) throw new Error('the store does not answer after 20 s', { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Puts an object, signed by AWS Signature Version 4. */
async function put(host, name, body) {
  const path = `/${bucket}/${encodeURIComponent(name)}`;
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const headers = { host, 'x-amz-content-sha256': sha256(body), 'x-amz-date': time };
  const names = Object.keys(headers).join(';');
  const request = ['PUT', path, '', ...Object.entries(headers).map(([k, v]) => `${k}:${v}`), '', names, headers['x-amz-content-sha256']].join('\n');
  const signing = scope.split('/').reduce((k, part) => createHmac('sha256', k).update(part).digest(), `AWS4${secret}`);
  const signature = createHmac('sha256', signing).update(['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n')).digest('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${key}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  const answer = await fetch(`http://${host}${path}`, { method: 'PUT', body, headers: { ...headers, authorization } });
  assert.equal(answer.status, 200, await answer.text());
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
