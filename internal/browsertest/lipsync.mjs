// Hears the beeps and reads the bar codes of a clip while it is played.

/**
 * Runs in the page. Plays the film on for some seconds. Returns the times at which beeps were given
 * out, and the numbers of the frames with the times at which they were seen, all in seconds of the
 * film's own clock: a busy machine holds up the sound, the picture and the clock alike.
 */
export async function beepsAndFrames(seconds) {
  const TONE = 1000;
  const WINDOW = 64;
  const { video } = film;
  // An element can be listened to through one context only.
  const ears = window.ears ??= { context: new AudioContext(), source: null };
  const { context } = ears;
  await context.resume();

  /** The amplitude of the beep's tone in the samples that begin at one of them. */
  function toneAt(samples, from) {
    let cosine = 0;
    let sine = 0;
    for (let k = 0; k < WINDOW; k++) {
      const angle = 2 * Math.PI * TONE * k / context.sampleRate;
      cosine += samples[from + k] * Math.cos(angle);
      sine += samples[from + k] * Math.sin(angle);
    }
    return Math.hypot(cosine, sine) * 2 / WINDOW;
  }

  let beeps = [];
  let loudAt = -1;
  const listener = context.createScriptProcessor(256, 2, 1);
  listener.connect(context.destination);
  listener.addEventListener('audioprocess', ({ inputBuffer, playbackTime }) => {
    const samples = inputBuffer.getChannelData(0);
    for (let k = 0; k + WINDOW <= samples.length; k += 16) {
      if (toneAt(samples, k) < 0.15) continue;
      const time = playbackTime + (k + WINDOW / 2) / context.sampleRate;
      if (time - loudAt > 0.3) beeps.push(time);
      loudAt = time;
    }
  });

  // How late it hears, by a beep whose time is known.
  const known = new OscillatorNode(context, { frequency: TONE });
  known.connect(new GainNode(context, { gain: 0.4 })).connect(listener);
  const due = context.currentTime + 0.5;
  known.start(due);
  known.stop(due + 0.08);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  if (beeps.length !== 1) throw new Error(`the beep for calibration was heard ${beeps.length} times`);
  const late = beeps[0] - due;
  beeps = [];

  // By how much the clock of the sound is ahead of the film's, now and then.
  const leads = [];
  const clock = setInterval(() => leads.push(context.currentTime - video.currentTime), 20);

  const frames = [];
  video.requestVideoFrameCallback(function look() {
    frames.push({ number: film.frame(), shown: video.currentTime });
    video.requestVideoFrameCallback(look);
  });
  ears.source ??= context.createMediaElementSource(video);
  ears.source.connect(listener);
  await video.play();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  clearInterval(clock);
  ears.source.disconnect();
  listener.disconnect();

  const lead = leads.sort((a, b) => a - b)[leads.length >> 1];
  return { beeps: beeps.map((time) => time - late - lead), frames };
}
