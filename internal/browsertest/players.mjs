// Other people's players of HLS and DASH, all used the same way.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const resolve = createRequire(import.meta.url).resolve;
const read = (file) => readFileSync(resolve(file), 'utf8');
const shaka = 'shaka-player/dist/shaka-player.compiled.js';

/** Each player by what it plays: the script to load, and the manifest it takes. */
export const players = {
  'hls.js': { script: () => read('hls.js/dist/hls.min.js'), kind: 'hlsjs', manifest: (path) => `/hls/${path}/master.m3u8` },
  'dash.js': { script: () => read('dashjs'), kind: 'dashjs', manifest: (path) => `/dash/${path}/manifest.mpd` },
  'shaka-player with HLS': { script: () => read(shaka), kind: 'shaka', manifest: (path) => `/hls/${path}/master.m3u8` },
  'shaka-player with DASH': { script: () => read(shaka), kind: 'shaka', manifest: (path) => `/dash/${path}/manifest.mpd` },
};

/**
 * Opens a page with a video and a player, for which window.watch(url) opens a film. It resolves
 * when the film can be played, with {languages(), current(), choose(language), close()}; what goes
 * wrong is in window.wrong.
 */
export async function openPlayer(openPage, t, server, { script, kind }, options) {
  const page = await openPage(t, server.url, options);
  await page.evaluate(script());
  await page.evaluate(install, kind);
  return page;
}

/** Runs in the page. */
function install(kind) {
  const video = document.createElement('video');
  video.muted = true;
  document.body.replaceChildren(video);
  Object.defineProperty(film, 'video', { value: video, configurable: true });
  window.wrong = [];
  // dash.js pauses when it takes a film to be over, which may be before the browser does: then that never says so.
  let over = false;
  film.over = () => over || video.ended;

  const kinds = {
    async hlsjs(url) {
      const hls = new Hls({ enableWorker: false });
      hls.on(Hls.Events.ERROR, (_, { details, fatal, error }) => {
        // A machine that is busy holds up the picture; who changes the sound gives up what was fetched.
        if (![Hls.ErrorDetails.BUFFER_STALLED_ERROR, 'aborted'].includes(details)) wrong.push(`${details}${fatal ? ', fatal' : ''}: ${error?.message}`);
      });
      hls.loadSource(url);
      hls.attachMedia(video);
      return {
        languages: () => hls.audioTracks.map(({ lang }) => lang),
        current: () => hls.audioTracks[hls.audioTrack]?.lang,
        choose: (language) => { hls.audioTrack = hls.audioTracks.findIndex(({ lang }) => lang === language); },
        close: () => hls.destroy(),
      };
    },
    async dashjs(url) {
      const player = dashjs.MediaPlayer().create();
      player.updateSettings({ debug: { logLevel: dashjs.Debug.LOG_LEVEL_NONE } });
      player.on(dashjs.MediaPlayer.events.ERROR, ({ error }) => wrong.push(`${error.code ?? error}: ${error.message ?? ''}`));
      player.on(dashjs.MediaPlayer.events.PLAYBACK_ENDED, () => (over = true));
      const ready = new Promise((resolve) => player.on(dashjs.MediaPlayer.events.STREAM_INITIALIZED, resolve));
      player.initialize(video, url, false);
      await Promise.race([ready, new Promise((resolve) => setTimeout(resolve, 10_000))]);
      return {
        languages: () => player.getTracksFor('audio').map(({ lang }) => lang),
        current: () => player.getCurrentTrackFor('audio')?.lang,
        choose: (language) => player.setCurrentTrack(player.getTracksFor('audio').find(({ lang }) => lang === language)),
        close: () => player.destroy(),
      };
    },
    async shaka(url) {
      const player = new shaka.Player();
      // Who changes the sound makes it seek. Shaka 5.2 fetches ahead, and keeps an init segment whose request that seek broke off: it
      // takes the same failure for an answer for ever. With DASH in Firefox the event comes in the midst of the request.
      if (navigator.userAgent.includes('Firefox')) player.configure('streaming.segmentPrefetchLimit', 0);
      await player.attach(video);
      player.addEventListener('error', ({ detail }) => wrong.push(`${detail.code}: ${detail.message}`));
      await player.load(url).catch((error) => wrong.push(`${error.code}: ${error.message}`));
      return {
        languages: () => player.getAudioTracks().map(({ language }) => language),
        current: () => player.getAudioTracks().find(({ active }) => active)?.language,
        choose: (language) => player.selectAudioTrack(player.getAudioTracks().find((track) => track.language === language)),
        close: () => player.destroy(),
      };
    },
  };

  let before = null;
  window.watch = async (url) => {
    await before?.close();
    window.wrong = [];
    over = false;
    window.playing = before = await kinds[kind](url);
    await film.ready();
  };
}

/** Runs in the page: plays a film at four times its speed. What went wrong, or nothing. */
export async function playToEnd(url) {
  const { video } = film;
  try {
    await watch(url);
    video.playbackRate = 4;
    await video.play();
    await film.ended(30);
  } catch (error) {
    return `${error.message}; ${wrong.join('; ')}`;
  }
  return wrong.join('; ');
}
