import { messageOf, TributaryError } from '@tributary/contract/error';

/**
 * A URL as a user gave it, made into an API's base: no slash at its end.
 * @param from where it came from, for the sentence: `TRIBUTARY_API_URL`
 */
export function apiUrl(text: string, from: string): string {
  const wish = `${from} should be the URL of an API, such as http://127.0.0.1:4200/api`;
  let url: URL;
  try {
    url = new URL(text);
  } catch (error) {
    throw new TributaryError('misuse', `${wish}; "${text}" is none: ${messageOf(error)}.`);
  }
  if (url.username || url.password)
    throw new TributaryError(
      'misuse',
      `${from} holds a user name or password: URLs end up in logs. Put it into TRIBUTARY_API_AUTH_STRING (user:password) instead.`,
    );
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new TributaryError('misuse', `${wish}; "${text}" does not begin with http:// or https://.`);
  if (url.search || url.hash) throw new TributaryError('misuse', `${wish}, without "${url.search}${url.hash}" at its end.`);
  return url.href.replace(/\/+$/, '');
}
