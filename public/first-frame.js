// When the first picture of a film is on the screen.

const HAVE_CURRENT_DATA = 2; // HTMLMediaElement's

/**
 * Calls `seen` once, when the next frame of the <video> was shown; of sound alone, which has no frame to wait for, when there
 * is some. The element's own events come before the frame does, and what is done at them delays it. Ends with `signal`.
 */
export function whenSeen(video, seen, signal) {
  const done = new AbortController();
  const once = () => {
    if (done.signal.aborted || signal?.aborted) return;
    done.abort();
    seen();
  };
  const look = () => {
    const frames = video.requestVideoFrameCallback && video.videoWidth > 0;
    if (!frames && video.readyState >= HAVE_CURRENT_DATA) once();
  };
  video.requestVideoFrameCallback?.(once);
  for (const name of ['loadeddata', 'playing']) video.addEventListener(name, look, { signal: done.signal });
  look();
}
