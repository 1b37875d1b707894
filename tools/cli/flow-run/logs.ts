import { setTimeout as sleep } from 'node:timers/promises';

import { type Log, type LogLevelName, logLevels } from '@tributary/contract/nouns/log';
import { hasEnded } from '@tributary/contract/nouns/flow-run';

import type { Call } from '../command/call.ts';
import { exitCodes } from '../command/refusal.ts';
import { untilInterrupted } from '../command/signals.ts';
import { openEngine } from '../engine/open.ts';
import { clock } from '../print/moment.ts';
import { printable } from '../print/text.ts';
import { followLogs } from '../watch/follow-logs.ts';
import { intervalFor } from '../watch/interval.ts';
import { findFlowRun } from './find.ts';

export interface LogsOptions {
  readonly follow?: boolean;
  readonly level?: LogLevelName;
}

/** Prints a run's logs. With `follow` it prints new lines until the run has ended, with --json one object per line. */
export async function logs(call: Call, wanted: string, { follow = false, level }: LogsOptions): Promise<number | undefined> {
  const opened = await openEngine(call, 'read');
  const { client, engine } = opened;
  const { id } = await findFlowRun(opened, wanted);
  const read = followLogs(client, level ? logLevels[level] : 0);
  const { out } = call;
  const text = (log: Log): string =>
    `${out.paint('dim', clock(log.timestamp))}  ${levelText(log.level)}  ${printable(log.message).replaceAll('\n', `\n${' '.repeat(19)}`)}`;
  if (!follow) {
    const all = await read([id]);
    if (call.json || all.length > 0) out.result(all, () => all.map(text).join('\n'));
    else out.note('There are no logs.');
    return undefined;
  }
  const followed = await untilInterrupted(async (signal) => {
    for (let quiet = false; ;) {
      const { data: run } = await client.readFlowRun({ path: { id } });
      const ended = hasEnded(run);
      const fresh = await read([id], ended);
      for (const log of fresh) {
        if (call.json) out.jsonLine(log);
        else out.line(text(log));
      }
      if (ended && quiet && fresh.length === 0) return undefined;
      quiet = ended;
      await sleep(intervalFor(engine), undefined, { signal });
    }
  });
  return followed === 'interrupted' ? exitCodes.interrupted : undefined;
}

function levelText(level: number): string {
  const name = Object.entries(logLevels).findLast(([, value]) => value <= level)?.[0] ?? 'debug';
  return name.toUpperCase().padEnd(8).slice(0, 8);
}
