import type { FlowRunId } from '@tributary/contract';
import type { FlowRunUpdate } from '@tributary/contract/nouns/flow-run';

import { inventName } from '../../runs/invent-name.ts';
import { defaultPolicy } from '../../store/runs/insert-flow-run.ts';
import { readFlowRun } from '../../store/runs/read-run.ts';
import { writeJson, writeMaybe } from '../../store/rows/json.ts';
import type { Value } from '../../store/database/database.ts';
import { updateRow } from '../../store/database/update-row.ts';
import type { Transaction } from '../../store/database/write.ts';
import { checkParameterSize } from '../request/check-parameters.ts';
import { notFound, Refusal } from '../refusal.ts';

/**
 * Changes the fields that are present.
 * @throws Refusal 404 if the run doesn't exist, 400 for job variables of a run that isn't scheduled
 */
export function updateFlowRun(tx: Transaction, id: FlowRunId, update: FlowRunUpdate): void {
  const run = readFlowRun(tx, id, tx.now());
  if (!run) throw notFound('Flow run not found');
  const columns: Record<string, Value> = {};
  if (update.name !== undefined) columns['name'] = update.name ?? inventName();
  if (update.flow_version !== undefined) columns['flow_version'] = update.flow_version;
  if (update.infrastructure_pid !== undefined) columns['infrastructure_pid'] = update.infrastructure_pid;
  if (update.tags !== undefined) columns['tags'] = writeJson(update.tags);
  if (update.empirical_policy !== undefined) columns['empirical_policy'] = writeJson({ ...defaultPolicy, ...update.empirical_policy });
  if (update.parameters !== undefined) {
    checkParameterSize(update.parameters);
    columns['parameters'] = writeJson(update.parameters);
  }
  if (update.job_variables !== undefined && update.job_variables !== null) {
    if (run.state_type !== 'SCHEDULED')
      throw new Refusal(400, { detail: `Job variables of a flow run in state ${run.state_type ?? 'none'} can't be changed.` });
    if (!run.deployment_id) throw new Refusal(400, { detail: 'A deployment for the flow run could not be found' });
    columns['job_variables'] = writeMaybe(update.job_variables);
  }
  updateRow(tx, 'flow_runs', id, columns);
}
