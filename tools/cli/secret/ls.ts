import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { dateTime } from '../print/moment.ts';
import { table } from '../print/text.ts';
import { readSecrets, shown } from './find.ts';

export async function ls(call: Call): Promise<undefined> {
  const { client } = await openEngine(call, 'read');
  const secrets = await readSecrets(client);
  call.out.result(secrets.map(shown), () =>
    table(
      ['SECRET', 'UPDATED'],
      secrets.map(({ name, updated }) => [name ?? '-', dateTime(updated)]),
      'There are no secrets.',
    ),
  );
}
