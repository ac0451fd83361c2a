// Why a film may not be played: the server, or the browser, does not let it.

import { PASSING } from './messages.js';

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

/** What to say where a page that came over https asks for a film over http. */
export function mixedContent(address) {
  return `This page came over https, and from there browsers play nothing that comes over http, as ${address.host} does here.`;
}
