import { isTributaryError, issuesOf, TributaryError } from '@tributary/contract/error';
import { concurrencyLimitCreate } from '@tributary/contract/nouns/concurrency';

import type { Call } from '../command/call.ts';
import { misuse } from '../command/refusal.ts';
import { openEngine } from '../engine/open.ts';
import { limitText } from './find.ts';

export interface CreateOptions {
  readonly limit?: number;
  readonly slotDecayPerSecond?: number;
  readonly activeSlots?: number;
  readonly disable?: boolean;
}

export async function create(call: Call, name: string, slots: number | undefined, options: CreateOptions): Promise<undefined> {
  const { slotDecayPerSecond, activeSlots, disable = false } = options;
  const limit = slots ?? options.limit;
  if (limit === undefined || (slots !== undefined && options.limit !== undefined))
    throw misuse(`Give the limit exactly once: npx tributary concurrency-limit create ${name} 5`);
  const body = concurrencyLimitCreate.safeParse({
    name,
    limit,
    active: !disable,
    ...(activeSlots === undefined ? {} : { active_slots: activeSlots }),
    ...(slotDecayPerSecond === undefined ? {} : { slot_decay_per_second: slotDecayPerSecond }),
  });
  if (!body.success)
    throw misuse(
      `Concurrency limit "${name}" was not created: ${issuesOf(body.error)
        .map(({ message }) => message)
        .join('; ')}.`,
    );
  const { client } = await openEngine(call, 'write');
  try {
    const { data: created } = await client.createConcurrencyLimit({ body: body.data });
    call.out.result(created, () => `Created concurrency limit ${name}: ${limitText(created)}.`);
  } catch (error) {
    if (!isTributaryError(error, 'conflict')) throw error;
    throw new TributaryError(
      'conflict',
      `Concurrency limit "${name}" already exists. To change it: npx tributary concurrency-limit update ${name} --limit ${limit}`,
      { cause: error },
    );
  }
}
