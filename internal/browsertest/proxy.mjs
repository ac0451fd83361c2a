// TCP proxies that do to connections what networks do.
import net from 'node:net';

/**
 * Listens on a free port of the loopback interface and carries all connections to the server
 * at target (a URL). The first budgets.length WebSockets are cut off without a goodbye, each
 * after as many bytes from the server as its budget says; later ones are left alone.
 * Returns {url, cuts(), close()}.
 */
export async function startProxy(target, budgets) {
  const remaining = [...budgets];
  let cuts = 0;
  const proxy = await listen(target, (browser, server) => {
    let budget = Infinity;
    browser.once('data', (request) => {
      if (/^upgrade: websocket/im.test(request.toString('latin1')) && remaining.length > 0) {
        budget = remaining.shift();
      }
    });
    browser.pipe(server);
    server.on('data', (chunk) => {
      browser.write(chunk.subarray(0, Math.max(0, budget)));
      budget -= chunk.length;
      if (budget > 0 || server.destroyed) return;
      cuts++;
      server.destroy();
    }).once('end', () => browser.end());
  });
  return { ...proxy, cuts: () => cuts };
}

/**
 * The same for a server that is far away: all it is sent and sends takes half of roundTrip (ms),
 * and a new connection takes all of it before the first byte may leave. Returns {url, close()}.
 */
export function startDistance(target, roundTrip) {
  return listen(target, (browser, server) => {
    carryLate(browser, server, roundTrip / 2, performance.now() + roundTrip);
    carryLate(server, browser, roundTrip / 2);
  });
}

/** Carries what comes from one socket to another, each piece `wait` ms later, none sent before `begin`. */
function carryLate(from, to, wait, begin = 0) {
  const underWay = [];
  const arrive = () => {
    while (underWay.length > 0 && underWay[0].due <= performance.now()) {
      const { chunk } = underWay.shift();
      if (!chunk) to.end();
      else if (!to.write(chunk) && !from.isPaused()) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    }
    if (underWay.length > 0) setTimeout(arrive, Math.max(1, underWay[0].due - performance.now()));
  };
  const leave = (chunk) => {
    underWay.push({ chunk, due: Math.max(performance.now(), begin) + wait });
    if (underWay.length === 1) setTimeout(arrive, underWay[0].due - performance.now());
  };
  from.on('data', leave).once('end', () => leave(null));
}

/** Listens, and has `carry` join each connection to one of its own to the server. */
async function listen(target, carry) {
  const { hostname, port } = new URL(target);
  const open = new Set();
  const proxy = net.createServer({ noDelay: true, allowHalfOpen: true }, (browser) => {
    const server = net.connect({ port: Number(port), host: hostname, noDelay: true, allowHalfOpen: true });
    for (const socket of [browser, server]) {
      open.add(socket);
      // What was forwarded before still arrives.
      socket.on('error', () => {}).once('close', () => {
        open.delete(socket);
        browser.destroySoon();
        server.destroySoon();
      });
    }
    carry(browser, server);
  });

  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${proxy.address().port}`,
    close: () => new Promise((resolve) => {
      proxy.close(resolve);
      for (const socket of open) socket.destroy();
    }),
  };
}
