import { labelNames, type Labels } from '@tributary/contract/nouns/label';

/** The labels that a deployment passes on to its runs: all but the record of what the last deploy applied. */
export function inheritedLabels({ [labelNames.applied]: _record, ...labels }: Labels): Labels {
  return labels;
}
