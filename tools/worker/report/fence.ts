import { headers } from '@tributary/contract/routes/route';

/**
 * The header by which the server recognises the holder of a run's claim.
 * @param token the claim's token; null if the server has no fencing
 */
export function fence(token: string | null): Record<string, string> {
  return token === null ? {} : { [headers.claim]: token };
}
