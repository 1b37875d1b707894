import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { Owner } from '@tributary/contract/nouns/plan';

import type { Merged } from '../merge/merge.ts';
import type { PlannedPut } from './planned.ts';

/**
 * What a deploy does with a deployment that the code declares. A new owner alone is an update too, so that users see it.
 * @param owner the owner before this deploy, if the deploy changes it
 */
export function actionOf(live: Deployment | undefined, { changes }: Pick<Merged, 'changes'>, owner: Owner | null): PlannedPut['action'] {
  if (!live) return 'create';
  return changes.length > 0 || owner ? 'update' : 'unchanged';
}
