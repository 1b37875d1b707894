import { headers } from '@tributary/contract/routes/route';
import { z } from 'zod';

import { recall, remember, type RequestKey } from '../store/limits/requests.ts';
import type { Transaction } from '../store/database/write.ts';
import { malformed } from './refusal.ts';

const requestId = z.guid();

/** @returns how a request that is to be done once can be known again; undefined when its client gave it no id. Errors: 422 for what is no UUID. */
export function requestKey(route: string, header: (name: string) => string | undefined): RequestKey | undefined {
  const given = header(headers.request);
  if (given === undefined) return undefined;
  const id = requestId.safeParse(given);
  if (id.success) return { id: id.data.toLowerCase(), route };
  throw malformed([{ loc: ['header', headers.request], msg: 'the id of a request is a UUID', type: 'uuid_parsing' }]);
}

/** Does what a request asks; a repeat does nothing, and is answered as the first was. A refusal is no answer: what is refused has done nothing. */
export function once<Answer>(tx: Transaction, key: RequestKey, act: () => Answer): Answer {
  const before = recall<Answer>(tx, key);
  if (before !== undefined) return before;
  const answer = act();
  remember(tx, key, answer);
  return answer;
}
