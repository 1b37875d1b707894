import { headers } from '@tributary/contract/routes/route';
import { z } from 'zod';

import { recall, remember, type RequestKey } from '../../store/limits/requests.ts';
import type { Transaction } from '../../store/database/write.ts';
import { malformed } from '../refusal.ts';

const requestId = z.guid();

/**
 * Reads the id by which a repeat of a request is recognized.
 * @returns undefined if the client sent no id
 * @throws Refusal 422 if the id isn't a UUID
 */
export function requestKey(route: string, header: (name: string) => string | undefined): RequestKey | undefined {
  const given = header(headers.request);
  if (given === undefined) return undefined;
  const id = requestId.safeParse(given);
  if (id.success) return { id: id.data.toLowerCase(), route };
  throw malformed([{ loc: ['header', headers.request], msg: 'the id of a request must be a UUID', type: 'uuid_parsing' }]);
}

/**
 * Executes a request once. A repeat changes nothing and gets the answer of the first request. A refusal isn't stored, because a refused
 * request has changed nothing.
 */
export function once<Answer>(tx: Transaction, key: RequestKey, act: () => Answer): Answer {
  const before = recall<Answer>(tx, key);
  if (before !== undefined) return before;
  const answer = act();
  remember(tx, key, answer);
  return answer;
}
