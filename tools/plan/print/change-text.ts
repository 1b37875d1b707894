import type { PlanChange } from '@tributary/contract/nouns/plan';

import { oneLine } from './one-line.ts';

/**
 * Prints a change: `parameters.limit: 4 → 3 (drift: it changed on the engine)`. A parameter that the flow gained or lost is marked:
 * `+ parameter limit: integer`.
 */
export function changeText(change: PlanChange): string {
  const { sign, values } = partsOf(change);
  return `${sign}${oneLine(change.field)}: ${values.map((value) => oneLine(value ?? '(none)')).join(' → ')}${reasonRemark(change)}`;
}

/** The sign of a change, which most changes don't have, and its values: both, or the only one that a gained or lost parameter has. */
export function partsOf({ field, from, to }: PlanChange): { readonly sign: '+ ' | '- ' | ''; readonly values: readonly (string | null)[] } {
  const isParameter = field.startsWith('parameter ');
  if (isParameter && from === null) return { sign: '+ ', values: [to] };
  if (isParameter && to === null) return { sign: '- ', values: [from] };
  return { sign: '', values: [from, to] };
}

/** The remark behind a change that the code alone didn't cause. */
export function reasonRemark({ reason }: PlanChange): string {
  return reason === 'code' ? '' : ` (${remarks[reason]})`;
}

const remarks = {
  drift: 'drift: it changed on the engine',
  conflict: 'conflict: it changed on the engine too',
  reset: 'reset',
} as const;
