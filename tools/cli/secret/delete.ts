import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { noSuch } from '../name/no-such.ts';
import { findSecret, readSecrets } from './find.ts';

export async function remove(call: Call, name: string): Promise<undefined> {
  const { client } = await openEngine(call, 'write');
  const secret = await findSecret(client, name);
  if (!secret) {
    const names = (await readSecrets(client)).flatMap((each) => each.name ?? []);
    throw noSuch('secret', name, names, '"tributary secret ls" lists all secrets.');
  }
  await client.deleteBlockDocument({ path: { id: secret.id } });
  call.out.result({ name, deleted: true }, () => `Deleted secret ${name}.`);
}
