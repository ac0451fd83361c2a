import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Places, placesOf } from '../places.js';

function storage() {
  const kept = new Map();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), kept };
}

const film = (time, more = {}) => ({ time, duration: 100, size: 7, ...more });

test('a place is found again', () => {
  const places = new Places(storage(), 'p');
  places.remember('a', film(40.06));
  assert.deepEqual(places.recall('a', 7), { time: 40, duration: 100, share: 0.4, seen: false });
  assert.equal(places.recall('b', 7), null);
  assert.deepEqual(places.all()('a', 7), places.recall('a', 7));
  places.forget('a');
  assert.equal(places.recall('a', 7), null);
});

test('another file under the same name starts anew', () => {
  const places = new Places(storage(), 'p');
  places.remember('a', film(40));
  assert.equal(places.recall('a', 8), null);
});

test('a film that grew is the same', () => {
  const places = new Places(storage(), 'p');
  places.remember('a', film(99, { growing: true }));
  assert.deepEqual(places.recall('a', 9), { time: 99, duration: 100, share: 0.99, seen: false });
  assert.equal(places.recall('a', 6), null, 'it never shrinks');
});

test('who looks in shortly has no place, who sees it to the end has seen it', () => {
  const places = new Places(storage(), 'p');
  places.remember('a', film(3));
  assert.equal(places.recall('a', 7), null);
  places.remember('a', film(96));
  assert.deepEqual(places.recall('a', 7), { time: 0, duration: 100, share: 0, seen: true });
  places.remember('a', film(50));
  assert.deepEqual(places.recall('a', 7), { time: 50, duration: 100, share: 0.5, seen: true }, 'seen, and being seen again');
  places.remember('a', film(1));
  assert.deepEqual(places.recall('a', 7), { time: 0, duration: 100, share: 0, seen: true });
  places.remember('long', { time: 7170, duration: 7200, size: 7 });
  assert.equal(places.recall('long', 7).seen, true, 'but for half a minute of credits');
  places.remember('long', { time: 6900, duration: 7200, size: 8 });
  assert.equal(places.recall('long', 8).seen, false, 'five minutes are no credits');
});

test('only the newest thousand are kept', () => {
  const places = new Places(storage(), 'p');
  for (let i = 0; i < 1005; i++) places.remember(`film ${i}`, film(50, { now: i }));
  assert.equal(places.recall('film 4', 7), null);
  assert.equal(places.recall('film 5', 7).time, 50);
  assert.equal(places.recall('film 1004', 7).time, 50);
});

test('nonsense is neither kept nor read', () => {
  const box = storage();
  const places = new Places(box, 'p');
  places.remember('a', film(NaN));
  places.remember('a', { time: 5, duration: Infinity * 0, size: 7 });
  assert.equal(places.recall('a', 7), null);
  for (const text of ['{', 'null', '[]', '"x"', '{"a":null}', '{"a":{"size":7}}']) {
    box.kept.set('p', text);
    assert.equal(places.recall('a', 7), null, text);
    places.remember('b', film(50));
    assert.equal(places.recall('b', 7).time, 50, text);
  }
});

test('a browser that keeps nothing does no harm', () => {
  const full = { getItem: () => null, setItem: () => { throw new Error('full'); } };
  for (const places of [new Places(full, 'p'), new Places(null, 'p')]) {
    places.remember('a', film(50));
    assert.equal(places.recall('a', 7), null);
  }
  placesOf('http://localhost/base/').remember('a', film(50));
});

test('what something else has kept there is no trouble, and goes', () => {
  for (const kept of ['5', 'null', '[]', '"x"', '{', '{"a.mp4":null,"b.mp4":5,"c.mp4":{"duration":"x"},"d.mp4":{"duration":9,"size":7}}']) {
    const store = storage();
    store.setItem('k', kept);
    const places = new Places(store, 'k');
    for (const name of ['a', 'b', 'c', 'd']) assert.equal(places.recall(`${name}.mp4`, 7), null, kept);
    places.remember('e.mp4', film(50));
    assert.deepEqual(Object.keys(JSON.parse(store.getItem('k'))), ['e.mp4'], kept);
  }
});
