import { headers } from '@tributary/contract/routes/route';

/** Seconds that a server may hold a request until there is something to tell. */
const longestWait = 20;

/** Header and client timeout of a request that the server may hold. */
export function held(): { headers: Record<string, string>; timeout: number } {
  return { headers: { [headers.prefer]: `wait=${longestWait}` }, timeout: (longestWait + 10) * 1000 };
}
