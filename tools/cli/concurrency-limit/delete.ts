import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { findLimit } from './find.ts';

export async function remove(call: Call, wanted: string): Promise<undefined> {
  const { client } = await openEngine(call, 'write');
  const { id, name } = await findLimit(client, wanted);
  await client.deleteConcurrencyLimit({ path: { idOrName: id } });
  call.out.result({ id, name, deleted: true }, () => `Deleted concurrency limit ${name}. Runs that take its slots no longer wait.`);
}
