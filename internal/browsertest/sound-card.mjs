// A sound card that nobody hears, for Firefox: it plays no sound without one, not even to scripts.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives the browsers that are started from now on a sound card, until the test t ends. */
export async function plugInSoundCard(t) {
  const folder = mkdtempSync(join(tmpdir(), 'vodsrv-sound-'));
  const socket = join(folder, 'socket');
  const server = spawn('pulseaudio', ['-n', '--daemonize=no', '--use-pid-file=no', '--exit-idle-time=-1', '--disable-shm=yes',
    `--load=module-native-protocol-unix socket=${socket} auth-anonymous=1`, '--load=module-null-sink'], {
    env: { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder }, stdio: 'ignore',
  });
  const gone = once(server, 'exit');
  t.after(async () => {
    delete process.env.PULSE_SERVER;
    server.kill();
    await gone;
    rmSync(folder, { recursive: true, force: true });
  });
  for (let tries = 0; !existsSync(socket); tries++) {
    if (tries > 100) throw new Error('pulseaudio does not listen after 10 s');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  process.env.PULSE_SERVER = `unix:${socket}`;
}
