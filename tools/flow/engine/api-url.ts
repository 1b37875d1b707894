import { messageOf, TributaryError } from '@tributary/contract/error';

/**
 * Reads the URL of an API that a user gave, and removes slashes at its end.
 * @param from where the URL was given, for messages: `TRIBUTARY_API_URL`
 * @throws `misuse` when it isn't an http or https URL, or has credentials, a query or a fragment
 */
export function apiUrl(text: string, from: string): string {
  const expected = `${from} should be the URL of an API, such as http://127.0.0.1:4200/api`;
  let url: URL;
  try {
    url = new URL(text);
  } catch (error) {
    throw new TributaryError('misuse', `${expected}, but "${text}" isn't a URL: ${messageOf(error)}.`);
  }
  if (url.username || url.password)
    throw new TributaryError(
      'misuse',
      `${from} contains a user name or password, which would be logged. Set TRIBUTARY_API_AUTH_STRING (user:password) instead.`,
    );
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new TributaryError('misuse', `${expected}, but "${text}" doesn't begin with http:// or https://.`);
  if (url.search || url.hash) throw new TributaryError('misuse', `${expected}: remove "${url.search}${url.hash}" at its end.`);
  return url.href.replace(/\/+$/, '');
}
