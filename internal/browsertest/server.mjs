// Starts and ends the built vodsrv.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const binary = process.env.VODSRV ?? fileURLToPath(new URL('../../vodsrv', import.meta.url));

/** What `vodsrv info --json` says of the files it can read, one object for each. */
export function describe(paths) {
  const { stdout, error } = spawnSync(binary, ['info', '--json', ...paths], { encoding: 'utf8', maxBuffer: 64 << 20 });
  if (error) throw error;
  return stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

/** The link that `vodsrv sign` prints. */
export function sign(...args) {
  const { stdout, stderr, status, error } = spawnSync(binary, ['sign', ...args], { encoding: 'utf8' });
  if (error || status !== 0) throw error ?? new Error(stderr);
  return stdout.trim();
}

/**
 * Serves a folder on a free port of the loopback interface.
 * Returns {url, log(), stop(), again()}; url has no slash at its end, stop() resolves when the process has ended, and again()
 * when another one serves the same at the same place.
 */
export async function startServer(folder, ...flags) {
  if (!existsSync(binary)) throw new Error(`${binary} is missing: run "make build" first`);
  let process = await run('127.0.0.1:0', folder, flags);
  const { url } = process;
  return {
    url,
    log: () => process.log(),
    stop: () => process.stop(),
    again: async () => {
      process = await run(new URL(url).host, folder, flags);
    },
  };
}

/** Runs vodsrv until it says where it serves. */
async function run(address, folder, flags) {
  const child = spawn(binary, ['serve', '--addr', address, '--media', folder, '--cache-dir', 'none', ...flags],
    { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  let output = '';

  const url = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`vodsrv printed no URL within 10 s:\n${output}`)), 10_000);
    const read = (chunk) => {
      output += chunk;
      const found = output.match(/https?:\/\/[^\s/]+(?=[\s/])/);
      if (!found) return;
      clearTimeout(late);
      resolve(found[0]);
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    child.once('error', reject);
    exited.then((code) => reject(new Error(`vodsrv ended with ${code}:\n${output}`)));
  }).catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });

  const stop = async () => {
    child.kill('SIGTERM');
    const stuck = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(stuck);
  };
  return { url, log: () => output, stop };
}
