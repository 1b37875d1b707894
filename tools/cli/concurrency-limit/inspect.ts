import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { dateTime } from '../print/moment.ts';
import { facts } from '../print/text.ts';
import { deploymentOf } from './deployment-of.ts';
import { findLimit, limitText } from './find.ts';

export async function inspect(call: Call, wanted: string): Promise<undefined> {
  const { client } = await openEngine(call, 'read');
  const limit = await findLimit(client, wanted);
  const deployment = (await deploymentOf(client, [limit])).get(limit.name) ?? null;
  call.out.result({ ...limit, deployment }, () =>
    facts([
      ['Concurrency limit', limit.name],
      ['Id', limit.id],
      ['Of deployment', deployment],
      ['Slots', limitText(limit)],
      ['Taken', String(limit.active_slots)],
      ['Refused', limit.denied_slots ? String(limit.denied_slots) : undefined],
      ['Created', dateTime(limit.created)],
      ['Updated', dateTime(limit.updated)],
    ]),
  );
}
