import { isTributaryError } from '@tributary/contract/error';
import { type JsonObject, jsonObject } from '@tributary/contract/json';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import type { ApiClient } from '../engine/open.ts';

/** The command that resumes a paused or suspended run, with a placeholder for each field of its input. */
export async function howToResume(client: ApiClient, run: FlowRun): Promise<string> {
  const fields = fieldsOf(await readInputSchema(client, run));
  return [`npx tributary flow-run resume ${run.id}`, ...fields.map((field) => `--input ${field}=…`)].join(' ');
}

/** Reads the schema of the input that a run waits for. @returns undefined if the run doesn't wait for input */
export async function readInputSchema(client: ApiClient, { id, state }: FlowRun): Promise<JsonObject | undefined> {
  const key = state?.state_details.run_input_keyset?.['schema'];
  if (key === undefined) return undefined;
  try {
    return jsonObject.parse((await client.readFlowRunInput({ path: { id, key } })).data);
  } catch (error) {
    if (isTributaryError(error, 'not_found')) return {};
    throw error;
  }
}

export function fieldsOf(schema: JsonObject | undefined): string[] {
  return Object.keys(jsonObject.safeParse(schema?.['properties']).data ?? {});
}
