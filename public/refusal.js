// Why the server does not let a film be played.

import { PASSING } from './session.js';

/** What the server says against the film described at `url`, or "" when it says nothing or cannot be reached. */
export async function whyRefused(url) {
  try {
    const response = await fetch(url);
    const answer = await response.json();
    if (response.ok) return answer.state === 'invalid' ? answer.reason : '';
    return response.status < 500 && !PASSING.includes(answer.error.code) ? answer.error.message : '';
  } catch {
    return '';
  }
}
