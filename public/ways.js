// How a browser without Media Source Extensions is to play a film.

const HLS = 'application/vnd.apple.mpegurl';

/**
 * HLS where the media element plays it and the server has it, else the file itself if it may be fetched.
 * Answers {name, url}, or null when there is no way.
 */
export async function nativeWay(video, address, download, ask = globalThis.fetch) {
  if (video.canPlayType(HLS)) {
    const url = address.at('hls', {}, '/master.m3u8');
    if (await isThere(url, ask)) return { name: 'hls', url };
  }
  return download ? { name: 'file', url: address.at('media') } : null;
}

async function isThere(url, ask) {
  try {
    const { status } = await ask(url, { method: 'HEAD' });
    return status === 200;
  } catch {
    return false;
  }
}
