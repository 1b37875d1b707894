import type { Call } from '../command/call.ts';
import { misuse } from '../command/refusal.ts';
import { size } from '../print/size.ts';
import { bytesOf, layerCount, layerName, openCode } from './open.ts';

export interface PruneOptions {
  /** in seconds */
  readonly olderThan?: number;
  readonly all?: boolean;
}

/** A week, in seconds. */
const week = 7 * 86_400;

/** Removes layers that no process uses, and says how much that was. */
export async function prune(call: Call, { olderThan, all = false }: PruneOptions): Promise<undefined> {
  if (all && olderThan !== undefined) throw misuse('Give --older-than or --all, not both.');
  const { folder, upkeep } = openCode(call);
  const removed = await upkeep.prune(Date.now() - (all ? 0 : (olderThan ?? week)) * 1000, { tell: call.out.note });
  const left = await upkeep.list();
  const bytes = bytesOf(removed);
  const used = left.filter(({ inUse }) => inUse).length;
  call.out.result({ folder, removed, bytes, left: { layers: left.length, in_use: used, bytes: bytesOf(left) } }, () =>
    [
      ...removed.map((layer) => `Removed ${layerName(layer)} (${size(layer.bytes)})`),
      `Removed ${layerCount(removed.length)}, ${size(bytes)}. ${layerCount(left.length)} ${left.length === 1 ? 'stays' : 'stay'} (${used} in use), ${size(bytesOf(left))}.`,
    ].join('\n'),
  );
}
