import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Intake } from '../intake.js';
import { Streams } from '../streams.js';
import { FakeSource, FakeVideo } from './fakes.js';
import { full, NON_SYNC, segment, SYNC } from './moof-builder.js';

const STREAMS = [{ id: 0, mime: 'v', tracks: [1] }, { id: 1, mime: 'a', tracks: [2] }];
const OPEN = { epoch: 0, duration: 100, etag: 'E', streams: STREAMS };

/** An intake, and the `sources` it made; with `refuses` they throw when a stream restarts. */
function setUp() {
  const s = { video: new FakeVideo(), sources: [], refuses: false };
  class Source extends FakeSource {
    appendInit(id, bytes) {
      this.log.push(`init ${id} ${bytes.byteLength}`);
      return Promise.resolve(true);
    }

    noteSegment(id, start, sync) {
      this.log.push(`segment ${id} ${start} ${sync}`);
    }

    restart(...args) {
      if (s.refuses) throw new Error('This browser has no changeType.');
      super.restart(...args);
    }
  }
  s.intake = new Intake(s.video, new Streams(), () => s.sources[s.sources.push(new Source()) - 1]);
  s.intake.renew();
  s.media = (stream, seq, { epoch = 0, kind = 'media', last = true, bytes = new ArrayBuffer(100) } = {}) =>
    s.intake.take({ epoch, stream, kind, seq, start: seq * 2, end: seq * 2 + 2, last }, bytes);
  s.log = () => s.sources.at(-1).log.splice(0);
  return s;
}

test('what is announced goes into its stream’s buffer, and is remembered when it is whole and there', async () => {
  const s = setUp();
  assert.equal(s.intake.open(OPEN, false), true);
  assert.equal(await s.media(0, 0, { kind: 'init', bytes: new ArrayBuffer(10) }), false, 'that is no media yet');
  assert.equal(s.intake.fed, false);
  assert.equal(await s.media(0, 0, { last: false }), true);
  assert.equal(s.intake.fed, true);
  assert.equal(s.intake.stats.segmentCount, 0);
  await s.media(0, 0);
  assert.deepEqual(s.intake.stats.segments, [{ stream: 0, seq: 0, epoch: 0, connection: 1, start: 0, end: 2 }]);
  await s.media(0, 1);
  assert.equal(s.intake.received(1), false, 'the other stream has nothing');
  await s.media(1, 0);
  assert.equal(s.intake.received(1), true);
  assert.equal(s.intake.received(2), false, 'one of them has no more');
  assert.deepEqual(s.log(), [
    'open 100', 'init 0 10', 'append 0 100', 'segment 0 0 true', 'append 0 100', 'segment 0 2 true', 'append 0 100', 'segment 1 0 true', 'append 1 100',
  ]);
  assert.equal(s.intake.stats.segmentCount, 3);
  s.intake.renew();
  assert.deepEqual([s.intake.stats.segmentCount, s.intake.stats.segments], [0, []]);
});

test('a stream is unreadable when segments of it are whole and nothing is in its buffer: three, or all', async () => {
  const tracks = [{ id: 1, kind: 'video' }, { id: 2, kind: 'audio' }];
  const begun = () => {
    const s = setUp();
    s.intake.open({ ...OPEN, tracks }, false);
    s.source = s.sources.at(-1);
    s.source.unread = [0];
    return s;
  };
  const s = begun();
  for (const seq of [1, 2]) for (const stream of [0, 1]) await s.media(stream, seq);
  await s.media(0, 3, { last: false });
  assert.equal(s.intake.unreadable, null, 'two segments, and a part of one');
  await s.media(0, 3);
  assert.deepEqual(s.intake.unreadable, { place: 2, sound: [2] });
  s.intake.open({ ...OPEN, epoch: 7, tracks }, true);
  assert.deepEqual(s.intake.unreadable, { place: 2, sound: [2] }, 'a new connection changes nothing');
  s.intake.restart({ epoch: 8, req: 1, from: 0, streams: STREAMS }, { replaces: false, awaited: false });
  assert.equal(s.intake.unreadable, null, 'another place begins anew');

  const short = begun();
  await short.media(0, 0);
  assert.equal(short.intake.unreadable, null);
  short.intake.end({ epoch: 0 });
  assert.deepEqual(short.intake.unreadable, { place: 0, sound: [2] });

  const evicted = begun();
  evicted.source.unread = [];
  await evicted.media(0, 0, { last: false });
  evicted.source.unread = [0];
  for (const seq of [0, 1, 2, 3]) await evicted.media(0, seq);
  assert.equal(evicted.intake.unreadable, null, 'something of it was there');

  const midst = begun();
  const bytes = () => segment(full('tfhd', 0x20020, 1, NON_SYNC), full('trun', 0x1, 1, 99));
  for (const seq of [0, 1, 2, 3]) await midst.media(0, seq, { bytes: bytes() });
  midst.intake.end({ epoch: 0 });
  assert.equal(midst.intake.unreadable, null, 'decoding cannot begin in it');

  const silent = begun();
  silent.source.unread = [1];
  for (const seq of [0, 1, 2]) await silent.media(1, seq);
  assert.deepEqual(silent.intake.unreadable, { place: 0, sound: [] }, 'the picture alone is no sound');
});

test('a segment that begins in the midst of a group of pictures is said to, whichever piece of it is the last', async () => {
  const s = setUp();
  s.intake.open(OPEN, false);
  s.log();
  await s.media(0, 0, { bytes: segment(full('tfhd', 0x20020, 1, NON_SYNC), full('trun', 0x1, 1, 99)), last: false });
  await s.media(0, 0);
  await s.media(0, 1, { bytes: segment(full('tfhd', 0x20020, 1, SYNC), full('trun', 0x1, 1, 99)) });
  assert.deepEqual(s.log().filter((entry) => entry.startsWith('segment')), ['segment 0 0 false', 'segment 0 2 true']);
});

test('what came before a connection broke is not given to the buffer again', async () => {
  const s = setUp();
  s.intake.open(OPEN, false);
  await s.media(0, 0, { last: false });
  s.intake.open({ ...OPEN, epoch: 7 }, true);
  assert.equal(s.intake.epoch, 7);
  s.log();
  assert.equal(await s.media(0, 0, { epoch: 7, last: false }), true);
  assert.deepEqual(s.log(), []);
  assert.equal(s.intake.fed, true);
});

test('a new source, and a stream that starts anew, have nothing in them, and their end is not known', async () => {
  const renewals = [(s) => s.intake.renew(), (s) => s.intake.restart({ epoch: 1, req: 1, from: 0, streams: STREAMS }, {})];
  for (const renewed of renewals) {
    const s = setUp();
    assert.deepEqual([s.intake.fed, s.intake.emptied, s.intake.allSent], [false, false, false]);
    s.intake.open(OPEN, false);
    await s.media(0, 0);
    s.intake.end({ epoch: 0 });
    assert.deepEqual([s.intake.fed, s.intake.allSent], [true, true]);
    renewed(s);
    assert.deepEqual([s.intake.fed, s.intake.allSent], [false, false]);
  }
});

test('what the buffer threw away is not there', async () => {
  const s = setUp();
  s.intake.open(OPEN, false);
  s.sources[0].waiting = [];
  const taking = s.media(0, 0);
  s.sources[0].waiting[0](false);
  assert.equal(await taking, false);
  assert.deepEqual([s.intake.fed, s.intake.stats.segmentCount], [false, 0]);
});

test('a source goes on behind a reconnection, or says that it cannot', () => {
  const cases = [
    ['the segments that are next', OPEN, true, true, ['duration 100']],
    ['another place', OPEN, false, true, ['duration 100', 'restart 0 0', 'restart 1 0']],
    ['another film', { ...OPEN, etag: 'F' }, true, false, []],
    ['a stream less', { ...OPEN, streams: [STREAMS[0]] }, false, false, []],
  ];
  for (const [name, open, resumed, goesOn, log] of cases) {
    const s = setUp();
    s.intake.open(OPEN, false);
    s.log();
    assert.equal(s.intake.open(open, resumed), goesOn, name);
    assert.deepEqual(s.log(), log, name);
    assert.equal(s.intake.film, goesOn ? open : OPEN, name);
  }
});

test('a type that the browser cannot follow needs a new source', () => {
  const s = setUp();
  s.intake.open(OPEN, false);
  s.refuses = true;
  assert.equal(s.intake.open(OPEN, false), false);
  assert.equal(s.intake.restart({ epoch: 1, from: 4, streams: STREAMS }, {}), false);
  s.refuses = false;
  s.intake.renew();
  assert.equal(s.intake.open(OPEN, false), true);
  assert.deepEqual(s.sources.map(({ log }) => log.at(-1)), ['destroy', 'open 100']);
});

test('the duration, and what can be sought of a stream without one', () => {
  const s = setUp();
  s.intake.open(OPEN, false);
  s.log();
  s.intake.setDuration({ duration: 120 });
  s.intake.setDuration({ duration: null, window: [4, 12] });
  s.intake.tidy();
  assert.deepEqual(s.log(), ['duration 120', 'window 4,12', 'duration null', 'tidy']);
});

test('an epoch empties what is sought, and keeps what lies before a break; a stream that is not known needs a new source', () => {
  const s = setUp();
  s.intake.open(OPEN, false);
  s.log();
  s.intake.restart({ epoch: 1, req: 1, from: 40, streams: STREAMS }, {});
  s.intake.restart({ epoch: 2, from: 50, streams: STREAMS }, {});
  assert.deepEqual(s.log(), ['restart 0 0', 'restart 1 0', 'restart 0 50', 'restart 1 50']);
  assert.equal(s.intake.restart({ epoch: 3, from: 60, streams: [STREAMS[0]] }, {}), false);
  assert.equal(s.intake.restart({ epoch: 3, req: 2, from: 60, streams: [{ id: 9, mime: 'x' }] }, {}), false);
  assert.equal(s.intake.epoch, 3);
});

test('while a seek is unanswered nothing of the place before is taken', async () => {
  const s = setUp();
  s.intake.open(OPEN, false);
  await s.media(0, 0);
  s.intake.empty();
  assert.equal(s.intake.emptied, true);
  assert.equal(s.intake.fed, false);
  assert.equal(s.media(0, 1), null);
  s.intake.end({ epoch: 0 });
  assert.equal(s.intake.allSent, false);
  s.intake.restart({ epoch: 1, req: 1, from: 40, streams: STREAMS }, { awaited: true });
  assert.equal(s.media(0, 20, { epoch: 1 }), null, 'there is a newer seek');
  s.intake.restart({ epoch: 2, req: 2, from: 60, streams: STREAMS }, { awaited: false });
  assert.equal(s.media(0, 20, { epoch: 1 }), null);
  assert.equal(await s.media(0, 30, { epoch: 2 }), true);
});

test('another track takes the place of the one before when enough of it is there, or all was sent', async () => {
  for (const atEnd of [false, true]) {
    const s = setUp();
    s.intake.open(OPEN, false);
    s.video.goOn(3.5);
    s.intake.restart({ epoch: 1, req: 1, from: 3.5, streams: [{ id: 1, mime: 'b', tracks: [3] }] }, { replaces: true });
    await s.media(1, 1, { epoch: 1 });
    s.log();
    s.intake.finishReplacing();
    assert.deepEqual(s.log(), [], 'half a second is not enough');
    if (atEnd) s.intake.end({ epoch: 1 });
    else s.media(1, 2, { epoch: 1 });
    assert.deepEqual(s.log(), atEnd ? ['keep 1 2-4', 'end'] : ['segment 1 4 true', 'append 1 100', 'keep 1 2-6']);
  }
});

test('the film reaches as far as is buffered, and behind its end', async () => {
  const s = setUp();
  s.intake.open(OPEN, false);
  s.video.ranges = [[0, 10], [20, 30]];
  assert.equal(s.intake.reaches(5), false, 'that is of another epoch');
  await s.media(0, 0);
  assert.deepEqual([5, 15, 25, 30].map((time) => s.intake.reaches(time)), [true, false, true, false]);
  s.sources[0].ended = true;
  assert.deepEqual([15, 30].map((time) => s.intake.reaches(time)), [false, true]);
});
