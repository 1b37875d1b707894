import { labelNames } from '@tributary/contract/nouns/label';

import type { ParentEnd } from '../../orchestrate/flow-run-decision.ts';

const label = `json_extract(r.labels, '$."${labelNames.onParentEnd}"')`;

/** Whether a child run `r` ends with its parent, as a condition in SQL. */
export const endsWithParent: Readonly<Record<ParentEnd, string>> = {
  cancelled: `${label} IS NOT 'leave'`,
  failed: `${label} IS 'cancel'`,
};
