// Watches in a page when a film's frames reach the screen.

/** Runs in every page before its own scripts: defines window.stopwatch. Each promise rejects after 30 s. */
export function installStopwatch() {
  const LATEST_MS = 30_000;
  const NEAR = 1; // seconds
  const CLICKED = 'stopwatch.clicked';
  const epoch = (time) => performance.timeOrigin + time;
  addEventListener('click', ({ timeStamp }) => sessionStorage.setItem(CLICKED, epoch(timeStamp)), true);

  let video = null;
  let first; // when the first frame was shown
  const firstFrame = new Promise((resolve) => {
    first = resolve;
  });
  const use = (element) => {
    if (video) return;
    video = element;
    video.requestVideoFrameCallback((now, { presentationTime }) => first(presentationTime));
  };
  // A video of the page's HTML, and one that a script makes and may hide in a shadow root.
  new MutationObserver((records, observer) => {
    const found = document.querySelector('video[src]');
    if (!found) return;
    observer.disconnect();
    use(found);
  }).observe(document, { childList: true, subtree: true });
  const src = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'src');
  Object.defineProperty(HTMLMediaElement.prototype, 'src', {
    ...src,
    set(value) {
      use(this);
      src.set.call(this, value);
    },
  });

  const within = (promise, what) => Promise.race([promise, new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`no ${what} within ${LATEST_MS / 1000} s at ${location}`)), LATEST_MS);
  })]);

  window.stopwatch = {
    /** Milliseconds from the click on the page before until the first frame. */
    sinceClick: async () => epoch(await within(firstFrame, 'frame')) - Number(sessionStorage.getItem(CLICKED)),

    /** Resolves once some seconds were played. */
    played: (seconds) => within(new Promise((resolve) => {
      const look = () => (video.currentTime >= seconds ? resolve() : setTimeout(look, 50));
      look();
    }), `${seconds} s of playing`),

    /** Milliseconds from a seek to a time that is not buffered until a frame of that place. */
    seek: (to) => within(new Promise((resolve, reject) => {
      for (let k = 0; k < video.buffered.length; k++) {
        if (video.buffered.start(k) <= to && to <= video.buffered.end(k)) reject(new Error(`${to} s is buffered already`));
      }
      const begin = performance.now();
      const look = (now, { mediaTime, presentationTime }) => {
        if (mediaTime > to - NEAR && mediaTime < to + NEAR) resolve(presentationTime - begin);
        else video.requestVideoFrameCallback(look);
      };
      video.requestVideoFrameCallback(look);
      video.currentTime = to;
    }), `frame of ${to} s`),
  };
}
