import type { Connection } from '@tributary/postgres';

const example = 'postgres://ann@127.0.0.1:5432/postgres';

/**
 * Reads the URL of a Postgres. No message repeats the URL, because it may contain the password.
 * @param password the password, if the URL has none
 * @throws with a sentence for the user
 */
export function readPostgresUrl(text: string, password: string | undefined): Connection {
  if (!/^postgres(ql)?:/.test(text) || !URL.canParse(text)) throw new Error(`--postgres isn't a URL such as ${example}.`);
  const url = new URL(text);
  if (url.search || url.hash)
    throw new Error('--postgres has options after a "?" or "#", which the flows don\'t support, and neither is TLS. Leave them out.');
  const part = (name: string, encoded: string, missing: string): string => {
    if (!encoded) throw new Error(`--postgres has no ${name}. ${missing}`);
    try {
      return decodeURIComponent(encoded);
    } catch {
      throw new Error(`The ${name} in --postgres isn't encoded for a URL. Write a % as %25.`);
    }
  };
  return {
    host: part('host', url.hostname, `Write it as in ${example}.`).replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port || 5432),
    database: part('database', url.pathname.slice(1), `Write it as in ${example}.`),
    user: part('user', url.username, `Write it as in ${example}.`),
    password: url.password
      ? part('password', url.password, '')
      : part('password', encodeURIComponent(password ?? ''), 'Set PGPASSWORD to it.'),
  };
}
