import { isTributaryError, TributaryError } from '@tributary/contract/error';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { fromMillis } from '@tributary/contract/time';

import type { Call } from '../command/call.ts';
import { reasonText } from '../command/reason.ts';
import { misuse } from '../command/refusal.ts';
import { openEngine } from '../engine/open.ts';
import { readStandardInput } from '../read/standard-input.ts';
import { showWatch } from '../watch/show-watch.ts';
import type { WatchFlags } from '../watch/watch-options.ts';
import { dateTime } from '../print/moment.ts';
import { findDeployment, type NamedDeployment } from './find.ts';
import { readParameters } from './parameters.ts';

export interface RunOptions extends WatchFlags {
  readonly param?: readonly string[];
  readonly params?: string;
  /** in milliseconds since 1970 */
  readonly startAt?: number;
  /** in seconds from now */
  readonly startIn?: number;
  readonly tag?: readonly string[];
  readonly flowRunName?: string;
  readonly idempotencyKey?: string;
}

export async function run(call: Call, name: string, options: RunOptions): Promise<number | undefined> {
  if (options.startAt !== undefined && options.startIn !== undefined) throw misuse('Give --start-at or --start-in, not both.');
  // Parameters are read before the first request, so that a typing error is reported without a server.
  const json = options.params === '-' ? await readStandardInput(call) : options.params;
  readParameters(json, options.param ?? [], undefined);
  const { client, engine } = await openEngine(call, 'write');
  const found = await findDeployment(client, name);
  const parameters = readParameters(json, options.param ?? [], found.deployment.parameter_openapi_schema ?? null);
  const start = options.startAt ?? Date.now() + (options.startIn ?? 0) * 1000;
  let flowRun: FlowRun;
  try {
    const { data } = await client.createFlowRunFromDeployment({
      path: { id: found.deployment.id },
      body: {
        state: { type: 'SCHEDULED', state_details: { scheduled_time: fromMillis(start) } },
        parameters,
        tags: [...(options.tag ?? [])],
        ...(options.flowRunName === undefined ? {} : { name: options.flowRunName }),
        // With a key, the client may repeat the request after a broken connection.
        idempotency_key: options.idempotencyKey ?? crypto.randomUUID(),
      },
    });
    flowRun = data;
  } catch (error) {
    throw explainRefusedRun(error, found);
  }
  if (options.watch) {
    call.out.line(`Flow run ${flowRun.name} (${flowRun.id})`);
    return showWatch(call, { client, engine }, { flowRun, children: options.children });
  }
  call.out.result(flowRun, () =>
    [
      `Created flow run ${flowRun.name} of ${found.fullName}${start > Date.now() + 1000 ? `, to start at ${dateTime(fromMillis(start))}` : ''}.`,
      `  id     ${flowRun.id}`,
      `  watch  npx tributary flow-run watch ${flowRun.id}`,
    ].join('\n'),
  );
  return undefined;
}

/** Lists the parameters that don't fit the deployment's schema, by path. */
function explainRefusedRun(error: unknown, { fullName }: NamedDeployment): unknown {
  if (!isTributaryError(error, 'conflict')) return error;
  const { issues = [], reason } = error.facts;
  const lines = issues.map(({ path, message }) => `  ${path || 'parameters'}: ${message}`);
  const text =
    lines.length > 0
      ? `The parameters don't fit ${fullName}:\n${lines.join('\n')}`
      : `${fullName} was not started: ${reasonText(reason ?? error.message)}.`;
  return new TributaryError('invalid_parameters', text, { cause: error, facts: { issues } });
}
