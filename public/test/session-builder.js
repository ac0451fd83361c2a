// A session with stand-ins for all that is around it.

import assert from 'node:assert/strict';
import { Session } from '../session.js';
import { FakeSource, FakeVideo } from './fakes.js';

/** The tracks of the film. */
export const TRACKS = [
  { id: 1, kind: 'video', codec: 'avc1.64001f', mime: 'video/mp4; codecs="avc1.64001f"', playable: true },
  { id: 2, kind: 'audio', codec: 'mp4a.40.2', mime: 'audio/mp4; codecs="mp4a.40.2"', playable: true },
];

/**
 * A session that was started with `start`, and what is around it: `video`, `sources` and the newest `source`, what it `sent` and
 * `said`, the `queries` it connected with; open(), data(), break() and tick() let things happen.
 */
export function setUp(t, start = {}) {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const s = { video: new FakeVideo(), sources: [], sent: [], said: [], queries: [], clock: 0, connected: true, alive: true, retries: 0 };
  const connect = (route) => {
    const { pathname, searchParams } = new URL(url(route));
    const { mode, ...query } = Object.fromEntries(searchParams);
    assert.equal(pathname, `/${route}`);
    assert.equal(mode, 'split');
    s.queries.push(query);
  };
  let url;
  const link = {
    begin: () => connect('begin'),
    start: () => {
      if (start.refused) throw new Error(start.refused);
      connect('ws');
    },
    retry: () => {
      s.retries++;
      connect('ws');
    },
    send: (message) => s.connected && Boolean(s.sent.push(message)),
    proven() {},
    close: () => s.said.push('connection closed'),
    get alive() {
      return s.alive;
    },
    get listens() {
      return s.listens ?? s.alive;
    },
  };
  const make = {
    canPlay: () => true,
    source: (video, failed) => {
      s.refuse = failed;
      s.sources.push(new FakeSource());
      return s.sources.at(-1);
    },
    connection: (urlOf, handlers) => {
      url = urlOf;
      s.handlers = handlers;
      return link;
    },
  };
  const on = {
    note: (text) => text && s.said.push(`note ${text}`),
    trouble: (text) => {
      s.trouble = text;
      if (text) s.said.push(`trouble ${text}`);
    },
    failed: ({ sentence, sound }) => s.said.push(`failed ${sentence}${sound.length ? ` sound ${sound}` : ''}`),
    opened() {},
    chosen: (ids) => s.said.push(`chosen ${ids}`),
    refused: async () => s.refusal ?? '',
  };
  s.session = new Session(s.video, (query, route) => `ws://x/${route}?${new URLSearchParams(query)}`, on, { make, now: () => s.clock });
  s.session.start(start);
  t.after(() => s.session.destroy());
  Object.defineProperty(s, 'source', { get: () => s.sources.at(-1) });
  s.open = (more = {}) =>
    s.handlers.message({
      type: 'open', epoch: 0, duration: 100, growing: false, etag: 'E', from: 0,
      streams: [{ id: 0, mime: 'video/mp4', tracks: [1, 2] }], tracks: TRACKS, ...more,
    });
  s.data = (seq, { bytes = 100, last = true, kind = 'media', epoch = 0, stream = 0 } = {}) => {
    s.handlers.message(
      { type: 'data', epoch, stream, kind, seq, start: seq * 2, end: seq * 2 + 2, bytes, last },
      new ArrayBuffer(bytes),
    );
    return settled();
  };
  /** The connection breaks; as the real one does, it comes back if it may. */
  s.break = () => {
    if (s.handlers.closed(true)) connect('ws');
  };
  s.tick = (ms = 250) => {
    s.clock += ms;
    t.mock.timers.tick(ms);
  };
  s.of = (type) => s.sent.filter((message) => message.type === type);
  return s;
}

/** When all that was done at once has come through. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A session that has its first segment: the film is `buffered` up to so many seconds, and plays at `at`. */
export async function begun(t, { buffered, at, ...start } = {}) {
  const s = setUp(t, start);
  s.open();
  await s.data(0);
  if (buffered !== undefined) s.video.ranges = [[0, buffered]];
  if (at !== undefined) s.video.goOn(at);
  return s;
}
