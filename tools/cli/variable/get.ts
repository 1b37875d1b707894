import { writeJson } from '@tributary/contract/json';

import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { findVariable } from './find.ts';

export async function get(call: Call, name: string): Promise<undefined> {
  const { client } = await openEngine(call, 'read');
  const variable = await findVariable(client, name);
  call.out.result(variable, () => valueText(variable.value));
}

/** Prints a value: text unchanged, everything else as JSON. */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? value : writeJson(value);
}
