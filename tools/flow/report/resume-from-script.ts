import { patience } from '@tributary/contract/client';
import type { FlowRunId } from '@tributary/contract/id';
import type { JsonObject } from '@tributary/contract/json';
import { routes } from '@tributary/contract/routes';

import { connect } from '../engine/connect.ts';
import { resolveEngine } from '../engine/resolve-engine.ts';
import { resumeFlowRun } from './pause-port.ts';

/** Resumes a run from outside a flow, on the server that {@link resolveEngine} chooses in the working directory. */
export async function resumeFromScript(id: FlowRunId, input: JsonObject | null): Promise<void> {
  const engine = await resolveEngine({ access: 'write' });
  await resumeFlowRun(connect(routes, engine, { patience: patience.command }), id, input);
}
