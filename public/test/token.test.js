import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withToken } from '../token.js';

test('a token goes along with what is asked already', () => {
  const url = withToken(new URL('https://films.example/ws/a.mp4?t=5'), '1.w.x.a-_b');
  assert.equal(url.href, 'https://films.example/ws/a.mp4?t=5&token=1.w.x.a-_b');
});

test('nothing is added without a token', () => {
  for (const none of ['', null, undefined]) {
    assert.equal(withToken(new URL('https://films.example/ws/a.mp4'), none).href, 'https://films.example/ws/a.mp4');
  }
});
