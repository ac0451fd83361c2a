import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Autoplay } from '../autoplay.js';

/** A media element that plays only without sound until the page was touched. */
class Media extends EventTarget {
  touched = false;
  #muted = false;

  get muted() {
    return this.#muted;
  }

  set muted(value) {
    this.#muted = value;
    this.dispatchEvent(new Event('volumechange'));
  }

  async play() {
    if (!this.muted && !this.touched) throw Object.assign(new Error('refused'), { name: 'NotAllowedError' });
  }
}

function setUp() {
  const media = new Media();
  const button = () => ({ hidden: true, getRootNode: () => ({}) });
  const view = { big: button(), unmute: button() };
  return { media, view, autoplay: new Autoplay(media, view, () => false) };
}

test('what begins without sound offers it, and so does what follows', async () => {
  const { media, view, autoplay } = setUp();
  for (const film of ['first', 'second']) {
    await autoplay.start();
    assert.deepEqual([media.muted, view.unmute.hidden], [true, false], film);
  }
  media.muted = false;
  media.touched = true;
  await autoplay.start();
  assert.deepEqual([media.muted, view.unmute.hidden], [false, true]);
});

test('a viewer who turned the sound off is not asked to turn it on', async () => {
  const { media, view, autoplay } = setUp();
  await autoplay.start();
  media.muted = false;
  media.muted = true;
  await autoplay.start();
  assert.ok(view.unmute.hidden);
});

test('what may not play at all has a button for it', async () => {
  const { media, view, autoplay } = setUp();
  media.play = async () => {
    throw Object.assign(new Error('refused'), { name: 'NotAllowedError' });
  };
  await autoplay.start();
  assert.deepEqual([view.big.hidden, view.unmute.hidden, media.muted], [false, true, false]);
});
