// The statistics over the picture: how it plays, for the curious and for reports of trouble.

import { byteSize, clockTime } from './format.js';
import { listPanel } from './panels.js';
import { aheadOf, toList } from './ranges.js';

const EVERY_MS = 500;

const WAYS = {
  mse: 'WebSocket, Media Source Extensions',
  managed: 'WebSocket, Managed Media Source',
  hls: 'HLS, by the browser itself',
  file: 'the file, by the browser itself',
  '': '–',
};

/** Lines of [term, text]. `sample` is what readSample answers, `last` the one before. Pure. */
export function lines(sample, last) {
  const { stats } = sample;
  const rows = [
    ['Plays by', `${WAYS[sample.way] ?? sample.way}${stats.streams?.length > 1 ? `, ${stats.streams.length} streams` : ''}`],
    ['Codecs', stats.streams?.map(({ mime }) => mime.match(/codecs="?([^"]*)/)?.[1] ?? mime).join(' + ') || '–'],
    ['Picture', sample.width ? `${sample.width} × ${sample.height}, shown at ${sample.shownWidth} × ${sample.shownHeight}` : 'none'],
    ['Frames', `${sample.frames} shown, ${sample.dropped} dropped`],
    ['Place', `${clockTime(sample.time)} of ${clockTime(sample.duration)}, at ${sample.rate}×`],
    ['Buffer', `${sample.ahead.toFixed(1)} s ahead`],
  ];
  if (stats.totalBytes !== undefined) {
    const ms = last ? sample.now - last.now : 0;
    const perSecond = ms > 0 ? ((stats.totalBytes - last.stats.totalBytes) * 1000) / ms : 0;
    rows.push(
      ['Received', `${byteSize(stats.totalBytes)}, now ${byteSize(perSecond)}/s`],
      ['Epoch', `${stats.epoch}, connection ${stats.connections}, ${stats.rebuilds} rebuilt, ${stats.quotaErrors} times full`],
    );
  }
  return rows;
}

/** What is to be told about a ws-video now. */
export function readSample(media) {
  const video = media.nativeEl;
  const quality = video.getVideoPlaybackQuality?.();
  const { stats } = media;
  return {
    now: performance.now(), way: media.way, stats,
    width: video.videoWidth, height: video.videoHeight, shownWidth: video.clientWidth, shownHeight: video.clientHeight,
    frames: quality?.totalVideoFrames ?? 0, dropped: quality?.droppedVideoFrames ?? 0,
    time: video.currentTime, duration: video.duration, rate: video.playbackRate, ahead: aheadOf(toList(video.buffered), video.currentTime),
  };
}

/** A panel that follows a ws-video. */
export function statisticsPanel(media) {
  let last = readSample(media);
  const { element, list } = listPanel('statistics', 'Statistics', lines(last));
  const fields = list.querySelectorAll('dd');
  const timer = setInterval(() => {
    const sample = readSample(media);
    lines(sample, last).forEach(([, text], k) => {
      if (fields[k]) fields[k].textContent = text;
    });
    last = sample;
  }, EVERY_MS);
  return { element, close: () => clearInterval(timer) };
}
