// Which kind of MediaSource this browser has, and how one gets its media element. What is done with it is source.js's.

const Kind = globalThis.MediaSource ?? globalThis.ManagedMediaSource ?? null;

/** The browser decides when to fetch (ManagedMediaSource). */
export const isManaged = !globalThis.MediaSource && Kind !== null;

export const hasMediaSource = () => Kind !== null;

/** Whether this browser can play the MIME type through MSE. */
export const canPlay = (mime) => Kind !== null && Boolean(mime) && Kind.isTypeSupported(mime);

/** Gives a media element a new MediaSource: {media, url}; the object URL is to be revoked by whoever is done with it. */
export function attachMedia(video, MediaSourceClass = Kind) {
  const media = new MediaSourceClass();
  // Without this sourceopen never comes.
  if (MediaSourceClass === globalThis.ManagedMediaSource) video.disableRemotePlayback = true;
  const url = URL.createObjectURL(media);
  video.src = url;
  return { media, url };
}
