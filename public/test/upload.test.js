import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anotherName, KnownUploads, Upload } from '../upload.js';

function storage() {
  const kept = new Map();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
}

/** A server that has `names` already, and answers with `faults`, by method, first. */
function server({ faults = {}, names = [] } = {}) {
  const log = [];
  const uploads = new Map();
  const answer = (status, headers = {}, message = '') => ({ status, header: (name) => headers[name] ?? null, message });
  const send = async (method, url, { headers, body, progress }) => {
    log.push(`${method} ${new URL(url).pathname}${headers['Upload-Offset'] ? ` ${headers['Upload-Offset']}` : ''}`);
    assert.equal(headers['Tus-Resumable'], '1.0.0');
    const fault = faults[method]?.shift();
    if (fault?.status) return answer(fault.status, {}, fault.message);
    if (method === 'POST') {
      const name = Buffer.from(headers['Upload-Metadata'].split(' ')[1], 'base64').toString();
      if (names.includes(name)) return answer(409, {}, `There is a ${name}.`);
      const id = `/api/uploads/${uploads.size}`;
      uploads.set(id, { name, size: Number(headers['Upload-Length']), data: '' });
      return answer(201, { Location: id });
    }
    const upload = uploads.get(new URL(url).pathname);
    if (!upload) return answer(404);
    if (method === 'DELETE') return uploads.delete(new URL(url).pathname) && answer(204);
    if (method === 'HEAD') return answer(200, { 'Upload-Offset': String(upload.data.length) });
    if (Number(headers['Upload-Offset']) !== upload.data.length) return answer(409, {}, 'The offset is another one.');
    const text = await body.text();
    upload.data += fault?.breaksAfter ? text.slice(0, fault.breaksAfter) : text;
    progress(upload.data.length);
    return fault?.breaksAfter ? answer(0) : answer(204, { 'Upload-Offset': String(upload.data.length) });
  };
  return { send, log, uploads };
}

const content = 'abcdefghij';

function start(remote, { name = 'ä film.mp4', known = new KnownUploads(storage(), 'k'), pause } = {}) {
  const file = Object.assign(new Blob([content]), { name, lastModified: 5 });
  const pauses = [];
  const states = [];
  const upload = new Upload({
    file, known, folder: 'http://host/api/upload/a/', send: remote.send,
    pause: pause ?? (async (ms) => pauses.push(ms)), changed: ({ state }) => states.at(-1) !== state && states.push(state),
  });
  return { upload, known, pauses, states };
}

test('a file is sent whole', async () => {
  const remote = server();
  const { upload, states } = start(remote);
  await upload.run();
  assert.equal(upload.state, 'done');
  assert.deepEqual(remote.uploads.get('/api/uploads/0'), { name: 'ä film.mp4', size: 10, data: content });
  assert.deepEqual(remote.log, ['POST /api/upload/a/', 'PATCH /api/uploads/0 0']);
  assert.deepEqual(states, ['sending', 'done']);
});

test('what breaks off goes on where the server has it', async () => {
  const remote = server({ faults: { PATCH: [{ breaksAfter: 4 }, { status: 503 }] } });
  const { upload, pauses, states } = start(remote);
  await upload.run();
  assert.equal(remote.uploads.get('/api/uploads/0').data, content);
  assert.deepEqual(remote.log, ['POST /api/upload/a/', 'PATCH /api/uploads/0 0', 'HEAD /api/uploads/0',
    'PATCH /api/uploads/0 4', 'HEAD /api/uploads/0', 'PATCH /api/uploads/0 4']);
  assert.deepEqual(states, ['sending', 'retrying', 'sending', 'retrying', 'sending', 'done']);
  assert.equal(pauses.length, 2);
});

test('a page that was loaded anew goes on with the same file', async () => {
  const remote = server({ faults: { PATCH: [{ breaksAfter: 4 }] } });
  const known = new KnownUploads(storage(), 'k');
  await new Promise((resolve) => {
    start(remote, { known, pause: () => new Promise(resolve) }).upload.run();
  });
  const { upload } = start(remote, { known });
  await upload.run();
  assert.equal(upload.state, 'done');
  assert.equal(remote.uploads.size, 1);
  assert.equal(remote.uploads.get('/api/uploads/0').data, content);
  assert.equal(known.get(`http://host/api/upload/a/ ${upload.name} 10 5`), '', 'what is done is forgotten');
});

test('an upload that the server has given up is begun anew', async () => {
  const remote = server();
  const known = new KnownUploads(storage(), 'k');
  known.set('http://host/api/upload/a/ ä film.mp4 10 5', 'http://host/api/uploads/gone');
  const { upload } = start(remote, { known });
  await upload.run();
  assert.equal(upload.state, 'done');
  assert.deepEqual(remote.log.slice(0, 2), ['HEAD /api/uploads/gone', 'POST /api/upload/a/']);
});

test('a name that is taken is asked for again', async () => {
  const remote = server({ names: ['film.mp4'] });
  const { upload } = start(remote, { name: 'film.mp4' });
  await upload.run();
  assert.deepEqual([upload.state, upload.message], ['taken', 'There is a film.mp4.']);
  await upload.rename('film (2).mp4');
  await upload.run();
  assert.equal(upload.state, 'done');
  assert.equal(remote.uploads.get('/api/uploads/0').name, 'film (2).mp4');
});

test('a name that was taken meanwhile, too, and what was sent goes', async () => {
  const remote = server({ faults: { PATCH: [{ status: 409, message: 'There is one now.' }] } });
  const { upload } = start(remote);
  await upload.run();
  assert.deepEqual([upload.state, upload.message], ['taken', 'There is one now.']);
  await upload.rename('other.mp4');
  assert.equal(remote.uploads.size, 0);
});

test('what the server does not want is not tried again', async () => {
  for (const [faults, sentence] of [
    [{ POST: [{ status: 413, message: 'It is too large.' }] }, 'It is too large.'],
    [{ PATCH: [{ status: 507, message: 'The disk is full.' }] }, 'The disk is full.'],
    [{ POST: [{ status: 415 }] }, 'The server refuses the file (415).'],
  ]) {
    const { upload, pauses } = start(server({ faults }));
    await upload.run();
    assert.deepEqual([upload.state, upload.message, pauses.length], ['failed', sentence, 0]);
  }
});

test('a server that is away is waited for, longer each time', async () => {
  const away = Array.from({ length: 8 }, () => ({ status: 502 }));
  const { upload, pauses } = start(server({ faults: { POST: away } }));
  await upload.run();
  assert.equal(upload.state, 'done');
  assert.deepEqual(pauses, [1000, 2000, 4000, 8000, 15_000, 30_000, 30_000, 30_000]);
});

test('what is given up leaves nothing behind', async () => {
  const remote = server();
  const { upload } = start({
    send: async (method, url, options) => {
      if (method === 'PATCH') await upload.cancel();
      return remote.send(method, url, options);
    },
  });
  await upload.run();
  assert.equal(upload.state, 'cancelled');
  assert.equal(remote.uploads.size, 0);
});

test('the next name', () => {
  for (const [name, next] of [['film.mp4', 'film (2).mp4'], ['film (2).mp4', 'film (3).mp4'], ['film', 'film (2)'], ['.mp4', '.mp4 (2)']]) {
    assert.equal(anotherName(name), next);
  }
});

test('a file that was changed after it was chosen is not tried for ever', async () => {
  const remote = server({ faults: { PATCH: [{ breaksAfter: 4 }] } });
  const { upload, pauses } = start(remote);
  upload.file.slice = () => ({ text: async () => 'abcdefghij', arrayBuffer: async () => { throw new DOMException('changed', 'NotReadableError'); } });
  await upload.run();
  assert.deepEqual([upload.state, pauses], ['failed', []]);
  assert.match(upload.message, /changed or moved/);
});

test('what is kept in a way of its own is no trouble', async () => {
  for (const kept of ['5', 'null', '[]', '"x"', '{"a":null,"b":{"url":7}}', '{', '{"http://host/api/upload/a/ ä film.mp4 10 5":{"url":"::"}}']) {
    const remote = server();
    const store = storage();
    store.setItem('k', kept);
    const { upload } = start(remote, { known: new KnownUploads(store, 'k') });
    await upload.run();
    assert.equal(upload.state, 'done', kept);
  }
});
