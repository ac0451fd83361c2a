// A TCP proxy that breaks the connections it carries, as bad networks do.
import net from 'node:net';

/**
 * Listens on a free port of the loopback interface and carries all connections to the server
 * at target (a URL). The first budgets.length WebSockets are cut off without a goodbye, each
 * after as many bytes from the server as its budget says; later ones are left alone.
 * Returns {url, cuts(), close()}.
 */
export async function startProxy(target, budgets) {
  const { hostname, port } = new URL(target);
  const open = new Set();
  const remaining = [...budgets];
  let cuts = 0;

  const proxy = net.createServer((browser) => {
    const server = net.connect(Number(port), hostname);
    let budget = Infinity;
    for (const socket of [browser, server]) {
      open.add(socket);
      // What was forwarded before still arrives.
      socket.on('error', () => {}).once('close', () => {
        open.delete(socket);
        browser.destroySoon();
        server.destroySoon();
      });
    }
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
    });
  });

  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${proxy.address().port}`,
    cuts: () => cuts,
    close: () => new Promise((resolve) => {
      proxy.close(resolve);
      for (const socket of open) socket.destroy();
    }),
  };
}
