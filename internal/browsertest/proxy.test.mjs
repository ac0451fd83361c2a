import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { startDistance } from './proxy.mjs';

test('a distant server answers whole, and no sooner than its round trips take', async (t) => {
  const body = Buffer.alloc(3 << 20, 'film');
  const server = http.createServer((request, response) => response.end(body)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => server.close());
  const distance = await startDistance(`http://127.0.0.1:${server.address().port}`, 100);
  t.after(distance.close);

  const times = [];
  for (let k = 0; k < 2; k++) {
    const begin = performance.now();
    const answer = await fetch(distance.url);
    times.push(performance.now() - begin);
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(body));
  }
  // The first has to connect, too.
  assert.ok(times[0] >= 199 && times[1] >= 99, `${times} ms`);
});
