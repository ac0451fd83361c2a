// How a browser without Media Source Extensions is to play a film, or a live stream.

const HLS = 'application/vnd.apple.mpegurl';

/**
 * The ways to play a film, the best first, each {name, url}: HLS where the media element plays it and the server has it,
 * and the file itself if it may be fetched.
 */
export async function nativeWays(video, address, download, ask = globalThis.fetch) {
  const ways = [];
  if (video.canPlayType(HLS)) {
    const url = address.at('hls', {}, '/master.m3u8');
    if (await isThere(url, ask)) ways.push({ name: 'hls', url });
  }
  if (download) ways.push({ name: 'file', url: address.at('media') });
  return ways;
}

/** The ways to play a live stream: not every browser without Media Source Extensions has one. */
export function liveWays(video, address) {
  return video.canPlayType(HLS) ? [{ name: 'hls', url: address.at('live', {}, '/master.m3u8') }] : [];
}

async function isThere(url, ask) {
  try {
    const { status } = await ask(url, { method: 'HEAD' });
    return status === 200;
  } catch {
    return false;
  }
}
