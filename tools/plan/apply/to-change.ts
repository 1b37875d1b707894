import { canonicalJson } from '@tributary/contract/json';
import { type Labels, labelNames, withoutServerLabels } from '@tributary/contract/nouns/label';
import type { DeploymentChange } from '@tributary/contract/routes/apply';

import { seenHash } from '../plan/describe-deployment.ts';
import type { PlannedDeployment } from '../plan/planned.ts';

/** What to send to an engine that applies many changes in one transaction. @returns undefined if there is nothing to send */
export function toChange(planned: PlannedDeployment): DeploymentChange | undefined {
  const { live } = planned;
  if (planned.action === 'delete') return { change: 'delete', id: planned.live.id, seen: seenHash(planned.live) };
  const { desired, merged } = planned;
  const { request } = merged;
  if (!live) return { change: 'put', flow: desired.flowName, seen: null, deployment: request };
  if (merged.changes.length > 0) return { change: 'put', flow: desired.flowName, seen: seenHash(live), deployment: request };
  if (labelsText(live.labels) === labelsText(request.labels)) return undefined;
  return { change: 'label', id: live.id, seen: seenHash(live), labels: request.labels ?? {} };
}

/** The labels that a deploy writes, as text. A new commit alone isn't written. */
function labelsText(labels: Labels | null | undefined): string {
  const { [labelNames.commit]: _, ...others } = withoutServerLabels(labels ?? {});
  return canonicalJson(others);
}
