import { headers } from '../routes/route.ts';

/** The longest time, in seconds, for which the server may hold a request. */
const longestWait = 20;

/**
 * The header and the client timeout of a request that the server may hold until it has something to answer.
 * @param seconds how long the server may hold the request, cut to 20 s
 * @default seconds 20
 */
export function longPoll(seconds = longestWait): { headers: Record<string, string>; timeout: number } {
  const held = Math.min(seconds, longestWait);
  return { headers: { [headers.prefer]: `wait=${Number(held.toFixed(3))}` }, timeout: (held + 10) * 1000 };
}
