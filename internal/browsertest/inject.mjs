// Stands in for the browsers that cannot run a script in each page before the page's own.
import http from 'node:http';
import net from 'node:net';

const PATH = '/before-the-page.js';

/**
 * Carries HTTP and WebSockets to the server at target (a URL), from a free port of the loopback
 * interface. Every HTML page on the way loads the scripts (functions without arguments) first.
 * Returns {url, scripts, close()}; scripts is a Set to put them in.
 */
export async function startInjector(target) {
  const { hostname, port } = new URL(target);
  const scripts = new Set();
  const open = new Set();

  const proxy = http.createServer((request, response) => {
    if (request.url === PATH) {
      response.setHeader('Content-Type', 'text/javascript');
      response.setHeader('Cache-Control', 'no-store');
      response.end([...scripts].map((script) => `(${script})();`).join('\n'));
      return;
    }
    const headers = { ...request.headers, 'accept-encoding': 'identity' };
    const forward = http.request({ hostname, port, path: request.url, method: request.method, headers }, (answer) => {
      if (/^text\/html/.test(answer.headers['content-type'])) return injectInto(answer, response);
      response.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(response);
    });
    forward.on('error', () => response.destroy());
    response.on('close', () => forward.destroy());
    request.pipe(forward);
  });

  proxy.on('upgrade', (request, browser, head) => {
    const server = net.connect(Number(port), hostname);
    const lines = [`${request.method} ${request.url} HTTP/1.1`];
    for (let i = 0; i < request.rawHeaders.length; i += 2) lines.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
    server.write(`${lines.join('\r\n')}\r\n\r\n`);
    server.write(head);
    for (const [socket, other] of [[browser, server], [server, browser]]) {
      socket.on('error', () => {}).once('close', () => other.destroySoon());
      socket.pipe(other);
    }
  });
  proxy.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });

  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${proxy.address().port}`,
    scripts,
    close: () => new Promise((resolve) => {
      proxy.close(resolve);
      for (const socket of open) socket.destroy();
    }),
  };
}

async function injectInto(answer, response) {
  const html = (await answer.setEncoding('utf8').toArray()).join('');
  const { 'content-length': length, ...headers } = answer.headers;
  response.writeHead(answer.statusCode, headers);
  response.end(html.replace(/<head[^>]*>/i, `$&<script src="${PATH}"></script>`));
}
