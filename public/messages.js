// The names of the WebSocket protocol, subprotocol vodsrv.v1; the mirror of server/stream/message.go.

export const SUBPROTOCOL = 'vodsrv.v1';

export const SERVER_MESSAGES = ['open', 'data', 'epoch', 'duration', 'end', 'error'];
export const CLIENT_MESSAGES = ['seek', 'tracks', 'pause', 'play', 'report'];

/** Reads one text message. Throws when it is none that this page knows: page and server then differ in version. */
export function parseMessage(text) {
  let message;
  try {
    message = JSON.parse(text);
  } catch {
    throw new Error('The server sent a message that is not JSON.');
  }
  if (!SERVER_MESSAGES.includes(message?.type)) {
    throw new Error(`The server sent a message this page does not know (“${message?.type}”).`);
  }
  return message;
}

/** The codes of errors that pass by themselves; all else is told to the viewer. */
export const PASSING = ['busy', 'rate_limited', 'slow_reader'];

/** The query with which a film is asked for from `at` seconds on, or where the server likes (null): one stream for each kind of track. */
export const openingQuery = (at) => ({ mode: 'split', ...(at !== null && { t: seconds(at) }) });

/** A time as it stands in a query. */
export const seconds = (time) => String(Math.round(time * 1e6) / 1e6);

// Seconds: what is taken in beyond them keeps the processor from decoding the picture that is waited for. The report of
// that picture brings the rest.
const SEEK_FIRST = 2;

/** `req` counts up from 1 on a connection; times are presentation seconds. */
export const seekMessage = (req, time) => ({ type: 'seek', req, time, first: SEEK_FIRST });
export const tracksMessage = (req, ids, time) => ({ type: 'tracks', req, ids, time });
export const pauseMessage = () => ({ type: 'pause' });
export const playMessage = (rate) => ({ type: 'play', rate });

/** `buffered` is seconds beyond `time`; `bytes` all binary bytes taken in or thrown away on this connection. */
export const reportMessage = (epoch, time, buffered, bytes) => ({ type: 'report', epoch, time, buffered, bytes });
