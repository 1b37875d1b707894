import { setTimeout as sleep } from 'node:timers/promises';

import { TributaryError } from '@tributary/contract/error';

import type { Prepared } from '../prepare/prepare.ts';
import type { SubCommand } from '../prepare/sub-command.ts';
import { readParents } from '../read/manifest.ts';
import { jsonLog } from './decode-json-log.ts';
import { failureOf } from './failure.ts';
import { keepFailingRows } from './keep-failing-rows.ts';
import { keepSql } from './keep-sql.ts';
import type { Ledger } from './ledger.ts';
import { createLedger } from './ledger.ts';
import type { TaskOf } from './report.ts';
import { createReporter } from './report.ts';
import type { DbtExit } from './spawn.ts';
import { spawnDbt } from './spawn.ts';
import { stopDelaysFor } from './stop.ts';
import type { Surroundings } from './surroundings.ts';

const decoder = jsonLog;
const outsiderMilliseconds = 3000;

/**
 * Runs dbt to its end and reports what it does.
 * @throws `dbt` if it fails; the signal's reason if the run is cancelled
 */
export async function execute(subCommand: SubCommand, prepared: Prepared, surroundings: Surroundings): Promise<Ledger> {
  const { run, log, keep } = surroundings;
  for (;;) {
    const { exit, ledger, taskOf } = await runOnce(prepared, surroundings);
    const holder = outsider(ledger);
    const nodes = [...ledger.nodes.values()];
    if (run.signal.aborted || exit.code === 0 || holder === undefined) await keep(subCommand, nodes);
    if (run.signal.aborted) throw reasonOf(run.signal, subCommand);
    if (exit.code === 0) return ledger;
    if (holder === undefined) {
      const failed = nodes.filter(({ status }) => status === 'failed');
      const stored = await keepSql(failed, taskOf, log);
      await keepFailingRows(failed, taskOf, prepared, surroundings);
      if (run.signal.aborted) throw reasonOf(run.signal, subCommand);
      throw failureOf(subCommand, exit, ledger, { flowRunId: run.flowRunId, nodes: stored });
    }
    log('warning', `the database is in use outside of Tributary (${holder}): retrying until that process closes it`);
    await sleep(outsiderMilliseconds, undefined, { signal: run.signal }).catch(() => run.signal.throwIfAborted());
  }
}

async function runOnce(prepared: Prepared, surroundings: Surroundings): Promise<{ exit: DbtExit; ledger: Ledger; taskOf: TaskOf }> {
  const { executable, args, cwd, env, folder, database } = prepared;
  const delays = stopDelaysFor(database.files.length > 0);
  const { signal } = surroundings.run;
  const ledger = createLedger();
  const reporter = createReporter(
    ledger,
    surroundings,
    () => readParents(folder.targetPath),
    () => signal.aborted,
  );
  const onLine = (line: string) => {
    for (const event of decoder.decode(line)) reporter.add(event);
  };
  folder.takeParse();
  try {
    const exit = await spawnDbt({ executable, args, cwd, env, signal, delays, onLine });
    // If dbt was killed before its first node, its parse may be half a file, so it isn't kept.
    if (exit.code !== null || ledger.nodes.size > 0) folder.keepParse();
    return { exit, ledger, taskOf: reporter.taskOf };
  } finally {
    reporter.end(signal.aborted ? 'cancelled' : 'ended');
  }
}

/**
 * The process outside Tributary that holds the database, such as a DuckDB shell. dbt hasn't run any node then, so the command can be
 * repeated safely.
 */
function outsider({ nodes, failures }: Ledger): string | undefined {
  if (nodes.size > 0) return undefined;
  const text = failures.find((failure) => failure.includes('Could not set lock on file'));
  return text && (/Conflicting lock is held in (.+?\(PID \d+\))/.exec(text)?.[1] ?? 'another process');
}

function reasonOf(signal: AbortSignal, subCommand: SubCommand): unknown {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new TributaryError('cancelled', `dbt ${subCommand} was cancelled`);
}
