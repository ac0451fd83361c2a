// Tells how late the picture of a live stream is, and how soon it came.

/** Runs in the page. For some seconds, how old the picture of the clock is in which each frame is shown, in ms; null where none can be read. */
export function ages(seconds, range) {
  return new Promise((resolve) => {
    const list = [];
    const end = performance.now() + seconds * 1000;
    film.video.requestVideoFrameCallback(function look() {
      const drawn = film.frame();
      list.push(drawn === null ? null : (Date.now() % range - drawn + range) % range);
      if (performance.now() < end) film.video.requestVideoFrameCallback(look);
      else resolve(list);
    });
  });
}

/** Runs in the page. When its first picture was shown, in ms since it was asked for. */
export function firstPicture() {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`no picture: ${film.describe()}`)), 20_000);
    const look = () => (film.video ? film.video.requestVideoFrameCallback((now, { presentationTime }) => resolve(presentationTime)) : requestAnimationFrame(look));
    look();
  });
}

/** The value below which a share of a list is. */
export function quantile(list, share) {
  return list.toSorted((a, b) => a - b)[Math.floor((list.length - 1) * share)];
}
