// Live streams for the tests: who makes them, and the FLV servers that hand them out.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clip, FPS } from './fixtures.mjs';

const mediaServer = fileURLToPath(new URL('media-server.mjs', import.meta.url));

/** A port of the loopback interface that nobody listens at. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Runs a program, at most as long as the test. Answers {child, kill()}; kill() resolves when it is gone. */
function run(t, program, args, stdio = 'ignore') {
  const child = spawn(program, args, { stdio: ['ignore', stdio, stdio] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const kill = () => {
    child.kill('SIGKILL');
    return ended;
  };
  t.after(kill);
  return { child, kill };
}

const ffmpeg = ['-hide_banner', '-loglevel', 'error', '-nostdin'];

function keyFrames(seconds) {
  return ['-bf', '0', '-g', String(seconds * FPS), '-keyint_min', String(seconds * FPS), '-sc_threshold', '0'];
}

/** ffmpeg's arguments for who asks at its own FLV server, which has room for one. */
export const listening = (url) => ['-listen', '1', url];

/** Sends a clip of a minute, again and again, as fast as it is played, to where ffmpeg's arguments say. Its frames carry their numbers. */
export function sendClip(t, to, { size = '640x360', group = 2 } = {}) {
  const film = clip(60, '.flv', ['-c:v', 'libx264', '-preset', 'veryfast', ...keyFrames(group), '-c:a', 'aac', '-b:a', '96k'], { size });
  return run(t, 'ffmpeg', [...ffmpeg, '-re', '-stream_loop', '-1', '-i', film, '-c', 'copy', '-f', 'flv', ...to]);
}

/** How far the numbers of a clock go, in ms. */
export const CLOCK_RANGE = 1 << 16;

/**
 * Sends pictures of a clock to where ffmpeg's arguments say: the bar code of each frame (see internal/testmedia/clip.sh) is the time
 * at which it was drawn, in ms of the system's clock modulo CLOCK_RANGE.
 */
export function sendClock(t, to, { width = 640, height = 360, group = 2 } = {}) {
  const strip = Math.floor(height * 4 / 45 / 2) * 2;
  const bit = (place) => `gt(bitand(mod(T*1000,${CLOCK_RANGE}),pow(2,${place})),0)`;
  const parity = Array.from({ length: 16 }, (_, place) => bit(place)).join('+');
  const block = `if(eq(X,0)+eq(X,19),1,if(eq(X,1),0,if(eq(X,18),mod(${parity},2),${bit('17-X')})))`;
  const clock = `settb=1/1000,setpts=RTCTIME/1000,split[film][strip];[strip]scale=20:1,format=yuv444p,` +
    `geq=lum='16+219*${block}':cb=128:cr=128,scale=${width}:${strip}:flags=neighbor,format=yuv420p[code];` +
    `[film][code]overlay=x=0:y=H-h:format=yuv420,settb=1/${FPS},setpts=N`;
  return run(t, 'ffmpeg', [...ffmpeg, '-re', '-f', 'lavfi', '-i', `gradients=s=${width}x${height}:r=${FPS}:speed=0.01[out0];sine=f=330:r=48000[out1]`,
    '-vf', clock, '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', ...keyFrames(group),
    '-c:a', 'aac', '-b:a', '96k', '-flush_packets', '1', '-f', 'flv', ...to]);
}

/**
 * Starts node-media-server. Answers {rtmp: ffmpeg's arguments for who sends, url: where the stream is to be had, kill(), again()}: again()
 * resolves when another one serves at the same place.
 */
export async function startMediaServer(t) {
  const folder = mkdtempSync(join(tmpdir(), 'vodsrv-flv-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  const [rtmp, http] = [await freePort(), await freePort()];
  const again = async () => {
    const { child, kill } = run(t, process.execPath, [mediaServer, String(rtmp), String(http), folder], 'pipe');
    server.kill = kill;
    await new Promise((resolve, reject) => {
      let said = '';
      const read = (text) => {
        said += text;
        if (/HTTP server listening/.test(said) && /Rtmp Server listening/.test(said)) resolve();
      };
      child.stdout.setEncoding('utf8').on('data', read);
      child.stderr.setEncoding('utf8').on('data', read);
      child.once('exit', (code) => reject(new Error(`node-media-server ended with ${code}:\n${said}`)));
    });
  };
  const server = {
    rtmp: [`rtmp://127.0.0.1:${rtmp}/live/camera`], url: `http://127.0.0.1:${http}/live/camera.flv`, kill: null, again,
  };
  await again();
  return server;
}
