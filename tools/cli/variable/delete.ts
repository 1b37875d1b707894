import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { findVariable } from './find.ts';

export async function remove(call: Call, name: string): Promise<undefined> {
  const { client } = await openEngine(call, 'write');
  await findVariable(client, name);
  await client.deleteVariable({ path: { name } });
  call.out.result({ name, deleted: true }, () => `Deleted variable ${name}.`);
}
