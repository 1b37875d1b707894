import { headers } from '@tributary/contract/routes/route';

/** The header by which a server tells a claim's holder from one that lost it. @param token null where the server has no fencing */
export function fence(token: string | null): Record<string, string> {
  return token === null ? {} : { [headers.claim]: token };
}
