// Signed links: what was let in by one shows its token with each request. Pure.

/** The URL (changed in place) with the token of a link, if there is one. */
export function withToken(url, token) {
  if (token) url.searchParams.set('token', token);
  return url;
}
