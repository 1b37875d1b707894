import type { Call } from '../command/call.ts';
import { misuse } from '../command/refusal.ts';
import { openEngine } from '../engine/open.ts';
import { findLimit, limitText } from './find.ts';

export interface UpdateOptions {
  readonly limit?: number;
  readonly slotDecayPerSecond?: number;
  readonly activeSlots?: number;
  readonly enable?: boolean;
  readonly disable?: boolean;
}

/** Changes the fields that the options give. */
export async function update(call: Call, wanted: string, options: UpdateOptions): Promise<undefined> {
  const { limit, slotDecayPerSecond, activeSlots, enable = false, disable = false } = options;
  if (enable && disable) throw misuse('Give --enable or --disable, not both.');
  const body = {
    ...(limit === undefined ? {} : { limit }),
    ...(slotDecayPerSecond === undefined ? {} : { slot_decay_per_second: slotDecayPerSecond }),
    ...(activeSlots === undefined ? {} : { active_slots: activeSlots }),
    ...(enable || disable ? { active: enable } : {}),
  };
  if (Object.keys(body).length === 0) throw misuse('Nothing to change: give --limit, --decay, --active-slots, --enable or --disable.');
  const { client } = await openEngine(call, 'write');
  const { id } = await findLimit(client, wanted);
  await client.updateConcurrencyLimit({ path: { idOrName: id }, body });
  const changed = await findLimit(client, id);
  call.out.result(changed, () => `Changed concurrency limit ${changed.name}: ${limitText(changed)}.`);
}
