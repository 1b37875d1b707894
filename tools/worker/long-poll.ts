import { headers } from '@tributary/contract/routes/route';

/** The longest time, in seconds, for which the server may hold a request. */
const longestWait = 20;

/** The header and the client timeout of a request that the server may hold until it has something to answer. */
export function longPoll(): { headers: Record<string, string>; timeout: number } {
  return { headers: { [headers.prefer]: `wait=${longestWait}` }, timeout: (longestWait + 10) * 1000 };
}
