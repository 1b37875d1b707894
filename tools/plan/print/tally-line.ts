import type { Plan } from '@tributary/contract/nouns/plan';

import type { Verb } from './engine-line.ts';
import { counted } from './fit-blocks.ts';

/** Prints the last line: `1 to create, 2 to update, 1 to delete, 3 unchanged.` Deletions are named only if there are any. */
export function tallyLine(verb: Verb, { create, update, unchanged, delete: deletions, failed }: Plan['tally']): string {
  const [created, updated, deleted] = verb === 'plan' ? ['to create', 'to update', 'to delete'] : ['created', 'updated', 'deleted'];
  const trouble = failed > 0 ? `, ${counted(failed, 'integration')} failed` : '';
  const removed = deletions > 0 ? `, ${deletions} ${deleted}` : '';
  return `${create} ${created}, ${update} ${updated}${removed}, ${unchanged} unchanged${trouble}.`;
}
