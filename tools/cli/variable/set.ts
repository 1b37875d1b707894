import { isTributaryError } from '@tributary/contract/error';
import { readJson } from '@tributary/contract/json';
import { variableCreate } from '@tributary/contract/nouns/variable';

import type { Call } from '../command/call.ts';
import { misuse } from '../command/refusal.ts';
import { type ApiClient, openEngine } from '../engine/open.ts';
import { refuseLargeIntegers } from '../read/exact-json.ts';

export interface SetOptions {
  readonly tag?: readonly string[];
}

/** Creates or changes a variable. A value that is JSON is stored as JSON, any other value as text. */
export async function set(call: Call, name: string, text: string, { tag = [] }: SetOptions): Promise<undefined> {
  const value = parse(text);
  refuseLargeIntegers(`The value of variable "${name}"`, value, [], (digits) =>
    typeof value === 'bigint' ? `'"${digits}"'` : `"${digits}"`,
  );
  const body = variableCreate.safeParse({ name, value, ...(tag.length > 0 ? { tags: tag } : {}) });
  if (!body.success) throw misuse(`Variable "${name}" was not set: ${body.error.issues.map(({ message }) => message).join('; ')}.`);
  const { client } = await openEngine(call, 'write');
  const existed = await exists(client, name);
  if (existed) await client.updateVariable({ path: { name }, body: body.data });
  else await client.createVariable({ body: body.data });
  const { data: variable } = await client.readVariable({ path: { name } });
  call.out.result(variable, () => `${existed ? 'Changed' : 'Created'} variable ${name}.`);
}

async function exists(client: ApiClient, name: string): Promise<boolean> {
  try {
    await client.readVariable({ path: { name } });
    return true;
  } catch (error) {
    if (isTributaryError(error, 'not_found')) return false;
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return readJson(text);
  } catch {
    return text;
  }
}
