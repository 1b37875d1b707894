import { writeJson } from '@tributary/contract/json';

import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { dateTime } from '../print/moment.ts';
import { facts } from '../print/text.ts';
import { findDeployment } from './find.ts';
import { schedulesText } from './schedule-text.ts';

export async function inspect(call: Call, name: string): Promise<undefined> {
  const { client } = await openEngine(call, 'read');
  const { deployment, fullName } = await findDeployment(client, name);
  call.out.result({ full_name: fullName, ...deployment }, () =>
    facts([
      ['Deployment', fullName],
      ['Id', deployment.id],
      ['Description', deployment.description],
      ['Schedule', schedulesText(deployment)],
      ['Parameters', writeJson(deployment.parameters ?? {})],
      ['Takes', parametersOf(deployment.parameter_openapi_schema)],
      ['Tags', deployment.tags.join(', ')],
      ['Entrypoint', [deployment.path, deployment.entrypoint].filter(Boolean).join('/')],
      ['Pool and queue', [deployment.work_pool_name, deployment.work_queue_name].filter(Boolean).join(' / ')],
      ['Runs at once', deployment.global_concurrency_limit ? String(deployment.global_concurrency_limit.limit) : undefined],
      ['Version', deployment.version],
      ['Created', dateTime(deployment.created)],
      ['Updated', dateTime(deployment.updated)],
    ]),
  );
}

/** The names of the parameters in a deployment's schema. */
function parametersOf(schema: Readonly<Record<string, unknown>> | null | undefined): string {
  const properties = schema?.['properties'];
  return typeof properties === 'object' && properties !== null ? Object.keys(properties).join(', ') : '';
}
