import { TributaryError } from '@tributary/contract/error';
import type { JsonObject } from '@tributary/contract/json';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import type { Call } from '../command/call.ts';
import { reasonText } from '../command/reason.ts';
import { readParameters } from '../deployment/parameters.ts';
import { openEngine } from '../engine/open.ts';
import { readStandardInput } from '../read/standard-input.ts';
import { fieldsOf, readInputSchema } from '../watch/how-to-resume.ts';
import { findFlowRun } from './find.ts';

export interface ResumeOptions {
  readonly input?: readonly string[];
  /** a JSON object, or - for standard input */
  readonly inputs?: string;
}

const names = { pair: '--input', json: '--inputs' } as const;

/** Resumes a paused or suspended run, with the input that it waits for. */
export async function resume(call: Call, wanted: string, { input = [], inputs }: ResumeOptions): Promise<undefined> {
  const json = inputs === '-' ? await readStandardInput(call) : inputs;
  readParameters(json, input, undefined, names);
  const opened = await openEngine(call, 'write');
  const { client } = opened;
  const run = await findFlowRun(opened, wanted);
  if (run.state?.type !== 'PAUSED')
    throw new TributaryError(
      'conflict',
      `Flow run ${run.name} is ${run.state?.name ?? 'without a state'}: only a paused or suspended run can be resumed.`,
    );
  const schema = await readInputSchema(client, run);
  const given = readParameters(json, input, schema ?? null, names);
  if (schema === undefined && Object.keys(given).length > 0)
    throw new TributaryError('invalid_parameters', `Flow run ${run.name} isn't waiting for input: resume it without --input and --inputs.`);
  const { data: answer } = await client.resumeFlowRun({ path: { id: run.id }, body: schema === undefined ? {} : { run_input: given } });
  if (answer.status !== 'ACCEPT') throw refused(run, schema, answer.details.reason);
  const { data: now } = await client.readFlowRun({ path: { id: run.id } });
  call.out.result(
    now,
    () => `Flow run ${run.name} continues (${answer.state?.name ?? now.state_name}). Watch it: npx tributary flow-run watch ${run.id}`,
  );
}

function refused(run: FlowRun, schema: JsonObject | undefined, reason: string | null | undefined): TributaryError {
  const asked = fieldsOf(schema);
  const takes = asked.length > 0 ? ` The run waits for: ${asked.join(', ')}.` : '';
  return new TributaryError(
    schema === undefined ? 'conflict' : 'invalid_parameters',
    `Flow run ${run.name} was not resumed: ${reasonText(reason ?? 'the server refused it')}.${takes}`,
  );
}
