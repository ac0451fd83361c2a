import assert from 'node:assert/strict';
import { test } from 'node:test';
import { begun, settled, setUp, TRACKS } from './session-builder.js';

const MIB = 1 << 20;
const seqs = (s) => s.session.stats.segments.map(({ seq }) => seq);

test('a connection that breaks goes on with the first segment it did not get whole', async (t) => {
  const s = setUp(t, { at: 0 });
  assert.deepEqual(s.queries, [{ t: '0' }]);
  s.open();
  await s.data(0, { kind: 'init' });
  await s.data(0);
  await s.data(1, { bytes: 70, last: false });
  s.video.ranges = [[0, 3]];
  s.video.goOn(1);
  s.break();
  assert.deepEqual(s.queries.at(-1), { t: '1', seq: '1', etag: 'E' });
  s.open();
  s.source.log = [];
  await s.data(1, { kind: 'init' });
  await s.data(1, { bytes: 60, last: false });
  await s.data(1, { bytes: 60, last: false });
  await s.data(1);
  await s.data(2);
  assert.deepEqual(s.source.log.filter((entry) => entry.startsWith('append')), ['append 0 50', 'append 0 100', 'append 0 100'],
    'nothing goes into the buffer twice: it would forget what it began with');
  s.break();
  assert.equal(s.queries.at(-1).seq, '3');
  assert.deepEqual(seqs(s), [0, 1, 2]);
  assert.equal(s.source.log.some((entry) => entry.startsWith('restart')), false);
  assert.equal(s.session.stats.reconnects, 2);
});

test('behind the first seconds it connects, when they are seen, and goes on with what is next', async (t) => {
  const s = setUp(t);
  s.video.readyState = 1;
  s.alive = false;
  s.open();
  await s.data(0, { kind: 'init' });
  await s.data(0);
  s.handlers.begun();
  assert.deepEqual(s.queries, [{ t: '0' }], 'not before they are seen');
  s.video.emit('loadeddata');
  assert.deepEqual(s.queries.at(-1), { t: '0', seq: '1', etag: 'E' });
  s.alive = true;
  s.open();
  s.source.log = [];
  await s.data(1, { kind: 'init' });
  await s.data(1);
  t.mock.timers.tick(1000);
  assert.equal(s.queries.length, 2);
  assert.equal(s.session.stats.reconnects, 0);
  assert.deepEqual(s.source.log.filter((entry) => entry.startsWith('append')), ['append 0 100'], 'the init segment is there already');
});

test('a seek does not wait for the first seconds to be seen', async (t) => {
  const s = setUp(t);
  s.video.readyState = 1;
  s.alive = s.connected = false;
  s.open();
  await s.data(0);
  s.handlers.begun();
  s.video.currentTime = 50;
  assert.deepEqual(s.queries.at(-1), { t: '50' });
  s.alive = true;
  t.mock.timers.tick(1000);
  assert.equal(s.queries.length, 2);
});

test('the first seconds are not waited for for ever', (t) => {
  const s = setUp(t);
  s.video.readyState = 1;
  s.alive = false;
  s.open();
  s.handlers.begun();
  t.mock.timers.tick(1000);
  assert.equal(s.queries.length, 2);
});

test('before anything was announced it begins anew, from where it was asked to', async (t) => {
  const s = setUp(t, { at: 40 });
  s.open();
  s.break();
  assert.deepEqual(s.queries, [{ t: '40' }, { t: '40' }]);
  s.open();
  assert.equal(s.source.log.at(-1), 'restart 0 0');
});

test('each of several streams goes on with its own segment', async (t) => {
  const s = setUp(t);
  const streams = [{ id: 0, mime: 'v', tracks: [1] }, { id: 1, mime: 'a', tracks: [2] }];
  s.open({ streams });
  await s.data(4);
  await s.data(7, { stream: 1, last: false });
  s.break();
  assert.equal(s.queries.at(-1).seq, '5,7');
});

test('a stream that got nothing yet goes on with the segment that the others began with', async (t) => {
  const s = setUp(t);
  const streams = [{ id: 0, mime: 'v', tracks: [1] }, { id: 1, mime: 'a', tracks: [2] }];
  s.open({ streams });
  await s.data(4, { kind: 'init' });
  await s.data(4);
  await s.data(5, { last: false });
  s.break();
  assert.equal(s.queries.at(-1).seq, '5,4');
  s.open({ streams });
  s.handlers.message({ type: 'epoch', epoch: 1, req: 1, from: 50, streams: [streams[1]] });
  s.break();
  assert.equal(s.queries.at(-1).seq, undefined, 'of another epoch nothing is known');
});

test('another file under the same name is begun anew at the playhead, with a new source', async (t) => {
  const s = await begun(t, { buffered: 2, at: 1.5 });
  s.handlers.message({ type: 'error', code: 'file_changed', message: 'The file changed.', fatal: true });
  assert.equal(s.sources.length, 2);
  assert.deepEqual(s.queries.at(-1), { t: '1.5' });
  s.open({ etag: 'F' });
  await s.data(0);
  assert.deepEqual(seqs(s), [0]);
  assert.equal(s.session.stats.etag, 'F');
});

test('a seek inside the buffer needs no server, only a report', async (t) => {
  const s = await begun(t, { buffered: 10 });
  s.tick();
  s.video.currentTime = 6;
  assert.deepEqual(s.of('seek'), []);
  assert.equal(s.of('report').at(-1).time, 6);
  assert.equal(s.of('report').at(-1).buffered, 4);
});

test('a seek outside asks the server, clears the buffer, and drops data of the older epoch', async (t) => {
  const s = await begun(t, { buffered: 10 });
  s.tick();
  s.video.currentTime = 50;
  assert.deepEqual(s.of('seek'), [{ type: 'seek', req: 1, time: 50, first: 2 }]);
  const reports = s.of('report').length;
  s.tick(2000);
  assert.equal(s.of('report').length, reports, 'no report while the seek is unanswered');
  s.handlers.message({ type: 'epoch', epoch: 1, req: 1, from: 48, streams: [{ id: 0, mime: 'video/mp4', tracks: [1, 2] }] });
  assert.equal(s.source.log.at(-1), 'restart 0 0');
  await s.data(1, { epoch: 0 });
  assert.equal(s.source.log.at(-1), 'restart 0 0');
  await s.data(24, { epoch: 1 });
  assert.equal(s.of('report').length, reports, 'a report before the picture is there would bring the rest');
  s.video.dispatchEvent(new Event('seeked'));
  assert.equal(s.of('report').length, reports + 1);
  assert.deepEqual(seqs(s), [0, 24]);
  assert.equal(s.session.stats.epoch, 1);
  assert.equal(s.session.stats.bytes, 300, 'bytes thrown away count too');
});

test('the report of a place that was sought waits for its picture, and not for that of another', async (t) => {
  const s = await begun(t, { buffered: 10 });
  const frames = [];
  Object.assign(s.video, { videoWidth: 640, requestVideoFrameCallback: (shown) => frames.push(shown) });
  for (const [req, time] of [[1, 50], [2, 80]]) {
    s.video.currentTime = time;
    s.tick(300);
    s.handlers.message({ type: 'epoch', epoch: req, req, from: time, streams: [{ id: 0, mime: 'video/mp4', tracks: [1, 2] }] });
  }
  const reports = s.of('report').length;
  s.video.emit('seeked');
  frames[0]();
  assert.equal(s.of('report').length, reports);
  frames[1]();
  assert.equal(s.of('report').length, reports + 1);
});

test('while the server is asked for a place the buffers are emptied, and nothing of the place before comes into them', async (t) => {
  const s = await begun(t, { buffered: 10 });
  s.video.currentTime = 50;
  s.tick(300);
  s.video.currentTime = 70;
  assert.equal(s.of('seek').length, 2);
  assert.equal(s.source.log.at(-1), 'restart 0 0');
  const { length } = s.source.log;
  const streams = [{ id: 0, mime: 'video/mp4', tracks: [1, 2] }];
  await s.data(1);
  s.handlers.message({ type: 'end', epoch: 0 });
  s.handlers.message({ type: 'epoch', epoch: 1, req: 1, from: 48, streams });
  await s.data(24, { epoch: 1 });
  assert.ok(s.source.log.slice(length).every((entry) => /^(restart|tidy)/.test(entry)), 'of a place that was left');
  s.handlers.message({ type: 'epoch', epoch: 2, req: 2, from: 68, streams });
  await s.data(34, { epoch: 2 });
  assert.deepEqual(seqs(s), [0, 34]);
  assert.equal(s.session.stats.bytes, 400);
});

test('a seek that the server refuses is asked for by a new connection, for what came meanwhile was thrown away', async (t) => {
  const s = await begun(t, { buffered: 10 });
  s.video.currentTime = 50;
  s.handlers.message({ type: 'error', req: 1, code: 'bad_request', message: 'No.', fatal: false });
  assert.deepEqual(s.queries.at(-1), { t: '50' });
  s.open();
  await s.data(25);
  assert.deepEqual(seqs(s), [0, 25]);
});

test('a seek is told of twice, and acted on once', async (t) => {
  const s = await begun(t, { buffered: 10 });
  const reports = s.of('report').length;
  s.video.addEventListener('seeking', (event) => s.session.onSeeking(event));
  s.video.currentTime = 6;
  assert.equal(s.of('report').length, reports + 1);
});

test('a seek that the browser ended before the film there had come is done again', async (t) => {
  const s = await begun(t, { buffered: 10 });
  s.tick();
  s.video.currentTime = 50;
  s.video.seeking = false;
  s.video.emit('seeked');
  s.handlers.message({ type: 'epoch', epoch: 1, req: 1, from: 48, streams: [{ id: 0, mime: 'video/mp4', tracks: [1, 2] }] });
  await s.data(24, { epoch: 1 });
  assert.equal(s.video.seeking, false);
  s.video.ranges = [[48, 58]];
  s.tick();
  assert.equal(s.video.seeking, true);
  assert.equal(s.video.currentTime, 50);
  assert.equal(s.of('seek').length, 1);
});

test('a seek to just before what is buffered is done again when the film has come, though the browser has not said that it ended', async (t) => {
  for (const [time, seeks] of [[9.8, 2], [9.7, 1]]) {
    await t.test(`to ${time}`, async (t) => {
      const s = await begun(t, { at: 12 });
      s.video.ranges = [[10, 20]];
      s.tick();
      let count = 0;
      s.video.addEventListener('seeking', () => count++);
      s.video.currentTime = time;
      s.handlers.message({ type: 'epoch', epoch: 1, req: 1, from: 8, streams: [{ id: 0, mime: 'video/mp4', tracks: [1, 2] }] });
      s.video.ranges = [];
      await s.data(4, { epoch: 1 });
      s.video.ranges = [[8, 10]];
      for (let ticks = 0; ticks < 3; ticks++) s.tick();
      s.video.emit('seeked');
      for (let ticks = 0; ticks < 3; ticks++) s.tick();
      assert.equal(count, seeks);
      assert.equal(s.of('seek').length, 1);
    });
  }
});

test('of a row of seeks the first goes out at once, and then the last', async (t) => {
  const s = await begun(t);
  s.tick();
  for (const time of [30, 40, 50]) s.video.currentTime = time;
  assert.deepEqual(s.of('seek').map(({ time }) => time), [30]);
  s.tick(200);
  assert.deepEqual(s.of('seek').map(({ req, time }) => [req, time]), [[1, 30], [2, 50]]);
});

test('a connection that breaks under an unanswered seek comes back at its target', async (t) => {
  const s = await begun(t);
  s.tick();
  s.video.currentTime = 50;
  s.break();
  assert.deepEqual(s.queries.at(-1), { t: '50' });
  s.open();
  assert.equal(s.source.log.at(-1), 'restart 0 0');
  assert.equal(s.of('seek').length, 1);
});

test('a seek while the connection is being made is asked for once it stands', async (t) => {
  const s = await begun(t);
  s.tick();
  s.break();
  s.connected = false;
  s.video.currentTime = 50;
  s.connected = true;
  s.open();
  assert.equal(s.of('seek').at(-1).time, 50);
});

test('a break of the source keeps what lies before it', async (t) => {
  const s = await begun(t);
  s.handlers.message({ type: 'epoch', epoch: 1, from: 2, streams: [{ id: 0, mime: 'video/mp4', tracks: [1, 2] }] });
  assert.equal(s.source.log.at(-1), 'restart 0 2');
});

test('reports: each second, after each MiB, and when playing changes', async (t) => {
  const s = setUp(t);
  s.open();
  s.tick(1000);
  const count = () => s.of('report').length;
  let before = count();
  s.tick(500);
  assert.equal(count(), before);
  s.tick(500);
  assert.equal(count(), before + 1);
  before = count();
  for (let i = 0; i < 4; i++) await s.data(i, { bytes: MIB / 4 });
  assert.equal(count(), before + 1);
  assert.equal(s.of('report').at(-1).bytes, MIB);
  s.video.emit('waiting');
  assert.equal(count(), before + 2);
});

test('bytes count when the buffer took them in, and anew for each connection', async (t) => {
  const s = setUp(t);
  s.open();
  s.source.waiting = [];
  await s.data(0, { bytes: 100 });
  assert.equal(s.session.stats.bytes, 0);
  s.break();
  s.source.waiting.forEach((resolve) => resolve(true));
  await settled();
  assert.equal(s.session.stats.bytes, 0, 'those of the connection before');
  assert.deepEqual(seqs(s), [0]);
});

test('pause, play and speed are told once each', (t) => {
  const s = setUp(t);
  s.open();
  s.video.paused = true;
  s.video.emit('pause');
  s.tick(1000);
  s.video.paused = false;
  s.video.playbackRate = 2;
  s.video.emit('play');
  s.video.emit('ratechange');
  const told = s.sent.filter(({ type }) => type === 'play' || type === 'pause');
  assert.deepEqual(told, [{ type: 'play', rate: 1 }, { type: 'pause' }, { type: 'play', rate: 2 }]);
});

test('after the end the server may leave; a seek connects anew', async (t) => {
  const s = await begun(t, { buffered: 2 });
  s.tick();
  s.handlers.message({ type: 'end', epoch: 0 });
  assert.equal(s.source.log.at(-1), 'end');
  s.break();
  assert.equal(s.queries.length, 1);
  s.connected = s.alive = false;
  s.video.currentTime = 50;
  assert.deepEqual(s.queries.at(-1), { t: '50' });
});

test('the place where it began is asked for again when it is gone, and the connection too', async (t) => {
  const s = await begun(t, { buffered: 2 });
  s.tick();
  s.video.ranges = [[60, 100]];
  s.handlers.message({ type: 'end', epoch: 0 });
  s.break();
  s.connected = s.alive = false;
  s.video.currentTime = 0;
  assert.deepEqual(s.queries.at(-1), { t: '0' });
});

test('what is no time begins at the start', (t) => {
  const s = setUp(t, { at: -5 });
  s.video.emit('loadedmetadata');
  s.handlers.closed(true);
  s.open();
  assert.equal(s.video.currentTime, 0);
  s.break();
  assert.equal(s.queries.at(-1).t, '0');
});

test('an end of an older epoch is none', async (t) => {
  const s = setUp(t);
  s.open();
  s.handlers.message({ type: 'epoch', epoch: 1, req: 1, from: 0, streams: [] });
  s.handlers.message({ type: 'end', epoch: 0 });
  assert.equal(s.source.log.includes('end'), false);
});

test('a decode error is mended once by a new source, and told the second time', async (t) => {
  const s = await begun(t, { buffered: 8, at: 7 });
  s.video.error = { message: 'bad frame' };
  s.video.emit('error');
  assert.equal(s.sources.length, 2);
  assert.deepEqual(s.queries.at(-1), { t: '7' });
  assert.deepEqual(s.said, []);
  s.open();
  s.video.emit('error');
  assert.match(s.said.at(-1), /^failed This browser cannot decode the film at 0:07\..*bad frame/);
});

test('of a picture that the browser reads nothing of the viewer is told, though the sound plays', async (t) => {
  const streams = TRACKS.map(({ id, mime }) => ({ id: id - 1, mime, tracks: [id] }));
  const s = setUp(t);
  const come = async () => {
    s.open({ streams });
    s.source.unread = [0];
    for (const stream of [0, 1]) await s.data(0, { stream });
    s.handlers.message({ type: 'end', epoch: 0 });
    for (let ticks = 1; ticks <= 6; ticks++) {
      s.video.goOn(ticks / 4);
      s.tick();
    }
  };
  await come();
  assert.equal(s.sources.length, 2);
  await come();
  assert.equal(s.said.at(-1), 'failed This browser cannot decode the film at 0:00. sound 2');
});

test('a buffer that fails is no film that cannot be decoded: each is mended once', async (t) => {
  const s = await begun(t, { buffered: 8, at: 7 });
  s.refuse(new Error('removed'), 'remove');
  assert.equal(s.sources.length, 2);
  s.open();
  s.refuse(new Error('The browser refused a fragment.'), 'append');
  assert.equal(s.sources.length, 3);
  assert.deepEqual(s.said, []);
  s.open();
  s.refuse(new Error('removed'), 'changeType');
  assert.match(s.said.at(-1), /^failed This browser’s buffer of the film failed at 0:07\. It says: removed/);
});

test('what the server finds wrong is told in its words; what passes by itself is tried again', async (t) => {
  const s = setUp(t);
  s.handlers.message({ type: 'error', code: 'busy', message: 'Too many viewers.', fatal: true });
  assert.deepEqual(s.said, ['trouble Too many viewers.']);
  assert.equal(s.retries, 1);
  s.handlers.message({ type: 'error', code: 'bad_file', message: 'The file is empty.', fatal: true });
  assert.deepEqual(s.said.slice(1), ['connection closed', 'failed The file is empty.']);
});

test('a place that the server does not resume is begun anew', async (t) => {
  const s = await begun(t, { buffered: 2 });
  s.tick();
  s.break();
  assert.equal(s.queries.at(-1).seq, '1');
  s.handlers.message({ type: 'error', code: 'bad_request', message: 'No such segment.', fatal: true });
  assert.equal(s.queries.at(-1).seq, undefined);
  assert.deepEqual(s.said, []);
});

test('a connection that cannot be opened asks why', async (t) => {
  const s = setUp(t);
  s.handlers.closed(false);
  await settled();
  assert.match(s.said.at(-1), /^trouble The connection is lost/);
  s.refusal = 'There is no such file.';
  s.handlers.closed(false);
  await settled();
  assert.equal(s.said.at(-1), 'failed There is no such file.');
});

test('a connection that the browser does not even try ends in a sentence', (t) => {
  const s = setUp(t, { refused: 'not from here' });
  s.alive = false;
  s.handlers.begun();
  assert.deepEqual(s.said, ['connection closed', 'failed The browser refuses to connect to the server. It says: not from here']);
});

test('silence while starving is a dead connection', async (t) => {
  const s = await begun(t, { buffered: 2, at: 2 });
  s.tick(19000);
  assert.equal(s.queries.length, 1);
  s.tick(1000);
  assert.equal(s.queries.length, 2);
  assert.equal(s.queries.at(-1).seq, '1');
});

test('so is silence in the midst of what comes first', async (t) => {
  const s = await begun(t, { buffered: 2, at: 2 });
  Object.assign(s, { connected: false, alive: false, listens: true });
  s.tick(20000);
  assert.equal(s.queries.length, 2);
  s.listens = false;
  s.tick(20000);
  assert.equal(s.queries.length, 2, 'it comes back of itself');
});

test('who starves is told that nothing comes, until something does', async (t) => {
  const s = await begun(t, { buffered: 12, at: 2 });
  s.tick(10000); // there is film enough
  assert.deepEqual(s.said, []);
  s.video.goOn(12);
  s.tick(250);
  s.tick(3500);
  assert.deepEqual(s.said, []);
  s.tick(1000);
  s.tick(1000);
  assert.deepEqual(s.said, ['trouble Nothing comes from the server. Waiting …']);
  assert.equal(s.queries.length, 1, 'it waits');
  await s.data(1);
  assert.equal(s.trouble, '');
});

test('who waits for a film to be recorded is not', async (t) => {
  const s = setUp(t);
  s.open({ growing: true });
  await s.data(0);
  s.video.ranges = [[0, 2]];
  s.video.goOn(2);
  s.tick(250);
  s.tick(10000);
  assert.deepEqual(s.said, []);
});

test('what the browser took from a page that was left is made anew, at the place where it stood', async (t) => {
  const s = setUp(t);
  s.open();
  await s.data(0);
  s.video.ranges = [[0, 12]];
  s.video.goOn(8);
  s.tick(250);
  assert.equal(s.handlers.closed(true), true);
  assert.equal(s.handlers.shown(), false, 'as a rule all is still there');
  s.source.lost = true;
  s.video.ranges = [];
  s.video.goOn(0);
  s.tick(250);
  assert.equal(s.handlers.shown(), true);
  assert.equal(s.sources.length, 2);
  assert.equal(s.queries.at(-1).t, '8');
  s.session.destroy();
  assert.equal(s.handlers.shown(), false);
});

test('nothing happens after destroy', async (t) => {
  const s = setUp(t);
  s.open();
  s.session.destroy();
  s.session.destroy();
  const sent = s.sent.length;
  s.video.currentTime = 50;
  s.tick(5000);
  assert.equal(s.sent.length, sent);
  assert.equal(s.handlers.closed(true), false);
});

const SPLIT = [{ id: 0, mime: 'v', tracks: [1] }, { id: 1, mime: 'a', tracks: [2] }];
const TWO_SOUNDS = [...TRACKS, { id: 3, kind: 'audio', codec: 'opus', mime: 'b', playable: true }];
const other = (epoch, req, from) => ({ type: 'epoch', epoch, req, from, streams: [{ id: 1, mime: 'b', tracks: [3] }] });

async function playing(t) {
  const s = setUp(t);
  s.open({ streams: SPLIT, tracks: TWO_SOUNDS });
  for (const seq of [0, 1, 2]) {
    await s.data(seq);
    await s.data(seq, { stream: 1 });
  }
  s.video.ranges = [[0, 6]];
  s.video.goOn(2.5);
  return s;
}

test('another audio track takes the place of the one before bit by bit, and the picture is left alone', async (t) => {
  const s = await playing(t);
  s.session.chooseAudio(3);
  assert.deepEqual(s.of('tracks'), [{ type: 'tracks', req: 1, ids: [1, 3], time: 2.5 }]);
  s.source.log = [];
  s.handlers.message(other(1, 1, 2.5));
  await s.data(3, { stream: 1 });
  await s.data(1, { stream: 1, epoch: 1, last: false });
  await s.data(1, { stream: 1, epoch: 1 });
  await s.data(3);
  assert.deepEqual(s.source.log, ['replace 1 b', 'append 1 100', 'append 1 100', 'keep 1 2-4', 'append 0 100'], 'what came late of the track before is dropped');
  await s.data(2, { stream: 1, epoch: 1 });
  assert.equal(s.source.log.at(-1), 'append 1 100');
  assert.deepEqual(s.session.stats.streams.map(({ tracks }) => tracks[0]), [1, 3]);
  assert.equal(s.of('tracks').length, 1);
});

test('the track before is thrown away only when enough of the other is there', async (t) => {
  const s = await playing(t);
  s.video.goOn(3.9);
  s.session.chooseAudio(3);
  s.handlers.message(other(1, 1, 3.9));
  await s.data(1, { stream: 1, epoch: 1 });
  assert.ok(!s.source.log.some((entry) => entry.startsWith('keep')), '0.1 s is not enough');
  await s.data(2, { stream: 1, epoch: 1 });
  assert.equal(s.source.log.at(-1), 'keep 1 2-6');
});

test('the track before is kept until the playhead is where the other begins', async (t) => {
  const s = await playing(t);
  s.source.changeover = 3;
  s.session.chooseAudio(3);
  s.handlers.message(other(1, 1, 2.5));
  for (const seq of [1, 2]) await s.data(seq, { stream: 1, epoch: 1 });
  const kept = () => s.source.log.filter((entry) => entry.startsWith('keep'));
  assert.deepEqual(kept(), []);
  s.video.goOn(3.1);
  assert.deepEqual(kept(), ['keep 1 3-6']);
});

test('at the end of the film there may be no more of the other track', async (t) => {
  const s = await playing(t);
  s.video.goOn(5.8);
  s.session.chooseAudio(3);
  s.handlers.message(other(1, 1, 5.8));
  await s.data(2, { stream: 1, epoch: 1 });
  s.handlers.message({ type: 'end', epoch: 1 });
  assert.deepEqual(s.source.log.slice(-2), ['keep 1 4-6', 'end']);
});

test('a seek while another track is asked for comes first, then the track is asked for again', async (t) => {
  const s = await playing(t);
  s.session.chooseAudio(3);
  s.video.currentTime = 50;
  assert.deepEqual(s.of('seek'), [{ type: 'seek', req: 2, time: 50, first: 2 }], 'also a seek inside the buffer would go to the server');
  s.source.log = [];
  s.handlers.message({ type: 'epoch', epoch: 1, req: 2, from: 50, streams: SPLIT });
  assert.deepEqual(s.source.log, ['restart 0 0', 'restart 1 0']);
  assert.deepEqual(s.of('tracks').at(-1), { type: 'tracks', req: 3, ids: [1, 3], time: 50 });
});

test('another track chosen under an unanswered seek waits for its answer', async (t) => {
  const s = await playing(t);
  s.video.currentTime = 50;
  s.session.chooseAudio(3);
  assert.deepEqual(s.of('tracks'), []);
  s.handlers.message({ type: 'epoch', epoch: 1, req: 1, from: 50, streams: SPLIT });
  assert.deepEqual(s.of('tracks'), [{ type: 'tracks', req: 2, ids: [1, 3], time: 50 }]);
});

test('a seek while two tracks are in one buffer goes to the server', async (t) => {
  const s = await playing(t);
  s.video.goOn(3.9);
  s.session.chooseAudio(3);
  s.handlers.message(other(1, 1, 3.9));
  s.video.currentTime = 1;
  assert.equal(s.of('seek').length, 1);
});

test('a connection that breaks under the change comes back with the other track, from the playhead on', async (t) => {
  const s = await playing(t);
  s.session.chooseAudio(3);
  s.break();
  assert.deepEqual(s.queries.at(-1), { t: '2.5', tracks: '1,3' });
  s.source.log = [];
  s.open({ streams: [SPLIT[0], { id: 1, mime: 'b', tracks: [3] }], tracks: TWO_SOUNDS });
  assert.deepEqual(s.source.log.slice(-2), ['restart 0 0', 'restart 1 0']);
  assert.equal(s.of('tracks').length, 1, 'it is not asked for again');
});

test('a track that the server refuses leaves the one there was', async (t) => {
  const s = await playing(t);
  s.session.chooseAudio(3);
  s.handlers.message({ type: 'error', code: 'unsupported', message: 'No.', req: 1 });
  assert.deepEqual(s.said, ['chosen 1,2', 'note No.']);
  s.break();
  assert.equal(s.queries.at(-1).seq, '3,3');
});

const LATE = [{ ...TRACKS[0], start: 0, duration: 100 }, { ...TRACKS[1], start: 30, duration: 70 }];

test('a track that begins late is left out until it begins, and again on the way back', async (t) => {
  const s = setUp(t);
  s.open({ streams: SPLIT, tracks: LATE });
  assert.deepEqual(s.queries, [{ t: '0' }, { t: '0', tracks: '1' }]);
  s.open({ streams: [SPLIT[0]], tracks: LATE });
  assert.deepEqual(s.said, [], 'nothing is said to be missing');
  await s.data(0);
  s.video.ranges = [[0, 40]];
  s.video.goOn(29);
  s.tick(1000);
  assert.equal(s.sources.length, 1);
  s.video.goOn(30);
  s.tick(1000);
  assert.equal(s.sources.length, 2);
  assert.deepEqual(s.queries.at(-1), { t: '30', tracks: '1,2' });
  s.open({ streams: SPLIT, tracks: LATE });
  await s.data(15);
  s.video.ranges = [[30, 40]];
  s.video.currentTime = 5;
  assert.deepEqual(s.queries.at(-1), { t: '5', tracks: '1' });
});

test('where the picture is over the sound goes on', async (t) => {
  const tracks = [{ ...TRACKS[0], start: 0, duration: 20 }, { ...TRACKS[1], start: 0, duration: 100 }];
  const s = setUp(t);
  s.open({ streams: SPLIT, tracks });
  await s.data(0);
  s.video.ranges = [[0, 20]];
  s.video.goOn(19.8);
  s.tick(1000);
  assert.deepEqual(s.queries.at(-1), { t: '19.8', tracks: '2' });
  s.open({ streams: [{ id: 0, mime: 'a', tracks: [2] }], tracks });
  assert.deepEqual(s.said, []);
});

test('after a sleep a silent connection is given up soon', async (t) => {
  const s = setUp(t);
  let wall = Date.now();
  t.mock.method(Date, 'now', () => wall);
  s.open();
  await s.data(0);
  s.video.ranges = [[0, 2]];
  s.video.goOn(2);
  s.tick(250);
  wall += 3600_000;
  s.tick(250);
  s.tick(2500);
  assert.equal(s.queries.length, 1);
  s.tick(1000);
  assert.equal(s.queries.length, 2);
});

test('a connection that answers after a sleep is kept', async (t) => {
  const s = setUp(t);
  let wall = Date.now();
  t.mock.method(Date, 'now', () => wall);
  s.open();
  await s.data(0);
  s.tick(250);
  wall += 3600_000;
  s.tick(250);
  await s.data(1);
  s.tick(5000);
  assert.equal(s.queries.length, 1);
});

test('a live stream begins where the server does, goes on behind its breaks, and is begun anew where a kind comes or goes', async (t) => {
  const s = setUp(t, { live: true });
  assert.deepEqual(s.queries, [{}]);
  s.open({ duration: null, growing: true, window: [0, 8] });
  await s.data(4, { kind: 'init' });
  await s.data(4);
  s.break();
  assert.deepEqual(s.queries.at(-1), { seq: '5', etag: 'E' });
  s.open({ duration: null, growing: true });
  s.handlers.message({ type: 'duration', duration: null, growing: true, window: [2, 10] });
  assert.ok(s.source.log.includes('window 2,10'), 'what is kept can be sought');
  s.handlers.message({ type: 'error', code: 'busy', message: 'Interrupted.', fatal: false });
  s.handlers.message({ type: 'epoch', epoch: 1, from: 12, streams: [{ id: 0, mime: 'video/mp4; codecs="other"', tracks: [1, 2] }] });
  assert.equal(s.source.log.at(-1), 'restart 0 12');
  assert.equal(s.sources.length, 1);
  assert.ok(s.said.includes('note Interrupted.'));
  const streams = [{ id: 0, mime: 'v', tracks: [1] }, { id: 1, mime: 'a', tracks: [2] }];
  s.handlers.message({ type: 'epoch', epoch: 2, from: 14, streams });
  assert.equal(s.sources.length, 2);
  assert.deepEqual(s.queries.at(-1), {});
});

test('a new source does not go on by itself where the viewer paused, and may begin by itself where nothing played yet', async (t) => {
  const s = await begun(t, { buffered: 10, at: 5 });
  let pauses = 0;
  s.video.pause = () => pauses++;
  s.video.paused = true;
  s.handlers.message({ type: 'error', code: 'file_changed', message: 'changed', fatal: true });
  assert.equal(pauses, 0);
  s.video.emit('play');
  s.video.emit('pause');
  s.handlers.message({ type: 'error', code: 'file_changed', message: 'changed', fatal: true });
  assert.equal(pauses, 1);
  assert.equal(s.sources.length, 3);
});
