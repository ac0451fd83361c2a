// Takes the README's pictures, docs/*.png, of the real pages: the list and the player, wide and
// phone-size, light and dark.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { play } from './film.mjs';
import { start } from './harness.mjs';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));

// Films drawn by ffmpeg's own sources, so that the list has something to show.
const drawn = {
  'Into the set.mp4': 'mandelbrot=s=640x360:r=25:start_scale=0.8:end_scale=0.05:end_pts=150',
  'Lights.mp4': 'gradients=s=640x360:r=25:c0=0x0f5e7d:c1=0xe8a33d:c2=0x3b1e54:n=3:speed=0.01:seed=3',
  'A world of cells.mp4': 'life=s=320x180:r=25:ratio=0.12:seed=4:mold=10:life_color=0x9be7c4:death_color=0x16213e:mold_color=0x0f5e7d,scale=640:360:flags=neighbor',
  'Triangles.mp4': 'sierpinski=s=640x360:r=25:seed=1',
  'Chart.mp4': 'testsrc2=s=640x360:r=25',
};

const sizes = { wide: { width: 1280, height: 800 }, phone: { width: 390, height: 844, deviceScaleFactor: 2, hasTouch: true, isMobile: true } };

/** Makes a film of eight seconds with a tone. */
function draw(path, source) {
  execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', '-f', 'lavfi', '-i', source, '-f', 'lavfi', '-i', 'sine=440:b=4', '-t', '8',
    '-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-g', '50', '-c:a', 'aac', path], { stdio: ['ignore', 'inherit', 'inherit'] });
}

/** Takes a picture of a page, in the few colours that it has. */
async function take(page, name) {
  const raw = await page.screenshot();
  execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', '-f', 'png_pipe', '-i', 'pipe:0', '-vf',
    "scale='min(iw,1000)':-1:flags=lanczos,split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=dither=none",
    join(docs, `${name}.png`)], { input: raw });
}

// Stands in for the context of a test, whose end closes what was opened.
const undo = [];
const context = { name: 'screenshot', after: (step) => undo.push(step) };
try {
  const { server, folder, openPage } = await start(context, ['sample.mp4']);
  for (const [name, source] of Object.entries(drawn)) draw(join(folder, name), source);
  mkdirSync(join(folder, 'Holidays'));
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const scheme of ['light', 'dark']) {
      const dress = async (page) => {
        await page.setViewport(viewport);
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      };
      const list = await openPage(context, 'about:blank');
      await dress(list);
      await list.goto(`${server.url}/`);
      await list.waitForFunction((films) => document.querySelectorAll('img[src^="blob:"]').length >= films, {}, 5);
      await list.waitForNetworkIdle({ idleTime: 1000 });
      await take(list, `list-${size}-${scheme}`);
      const watch = await openPage(context, 'about:blank');
      await dress(watch);
      await watch.goto(`${server.url}/watch/sample.mp4?t=12.6`);
      await play(watch);
      await watch.evaluate(() => film.video.pause());
      await watch.evaluate(() => film.bufferedSoon(20));
      // The controls come back, by and by, where the mouse is.
      await watch.mouse.move(viewport.width / 2, viewport.height / 3);
      await new Promise((resolve) => setTimeout(resolve, 700));
      await take(watch, `player-${size}-${scheme}`);
    }
  }
} finally {
  for (const step of undo.reverse()) await step();
}
