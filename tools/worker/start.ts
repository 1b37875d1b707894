import { patience } from '@tributary/contract/client/patience';
import { messageOf } from '@tributary/contract/error';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import type { Context } from './context.ts';
import { execute } from './execute.ts';
import { spawnHost } from './host/acquire.ts';
import { resolveHost } from './host/resolve-host.ts';
import { createWaitingHosts } from './host/waiting-hosts.ts';
import { beat } from './poll/heartbeat.ts';
import { createOutage } from './poll/outage.ts';
import { register } from './poll/register.ts';
import type { Taken } from './poll/poll-history.ts';
import { seekWork } from './poll/seek-work.ts';
import { settleLostRuns } from './poll/settle-lost-runs.ts';
import { openOnce } from './pull/open-once.ts';
import { createRunSlots } from './poll/run-slots.ts';
import { can, resolveSettings, type Settings, type WorkerOptions } from './settings.ts';
import { stopWorker } from './stop.ts';
import { createActiveRuns } from './watch/active-run.ts';
import { watchInterruptions } from './watch/watch-interruptions.ts';

export interface Worker {
  readonly name: string;
  /** the id of this worker process */
  readonly boot: string;
  readonly pool: string;
  /** the number of runs that the worker executes now */
  running(): number;
  /**
   * Takes no more runs, lets the active runs continue for up to `drainSeconds`, then ends the rest. A second call ends the draining
   * immediately. Resolves once no process of a run is left.
   * @param options.drainSeconds 0 by default
   */
  stop(options?: { readonly drainSeconds?: number }): Promise<void>;
}

/**
 * Starts a worker in this process.
 * @throws `misuse` for a wrong option or a pool of another type, and the client's errors if the server can't be reached or refuses requests
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const settings = resolveSettings(options, crypto.randomUUID());
  const { log } = settings;
  let pool = await register(settings, { patience: patience.command });

  const stopping = new AbortController();
  const hurry = new AbortController();
  const giveUp = new AbortController();
  const over = new AbortController();
  const active = createActiveRuns();
  const slots = createRunSlots(settings.limit, log);
  const outage = createOutage(settings);
  const reports = new Map<Promise<void>, FlowRun['id'] | undefined>();
  const isActive = (id: FlowRun['id']): boolean => active.get(id) !== undefined || [...reports.values()].includes(id);
  const isBusy = (): boolean => active.all().length > 0;
  const hosts = createWaitingHosts({ size: settings.prestart, start: (source) => spawnHost(settings, source), isBusy, log });

  const store = openOnce(settings.openStore);
  const afterwards = (what: string, report: Promise<unknown>, run?: FlowRun): void => {
    const kept = report.then(
      () => undefined,
      (error: unknown) => log(`${run ? `${run.name}: ` : ''}${what}. ${messageOf(error)}`),
    );
    reports.set(kept, run?.id);
    void kept.then(() => reports.delete(kept));
  };
  const context: Context = { settings, active, hosts, store, pool: () => pool, afterwards, hurry: hurry.signal, giveUp: giveUp.signal };

  const take = (run: FlowRun): Promise<Taken> => {
    const slot = slots.take();
    return new Promise((decided) => {
      const executing = execute(context, run, slot, decided).catch((error: unknown) => {
        log(`${run.name}: the worker failed to execute this run. ${messageOf(error)}`);
        active.remove(run);
        decided('refused');
      });
      void executing.finally(() => slot.release());
    });
  };
  const settleLost = (): void =>
    afterwards('The search for lost runs failed', settleLostRuns(settings, { isActive, inTouch: outage.inTouch }, giveUp.signal));
  /** A server without claims doesn't watch the workers, so the workers watch each other. */
  const watchesOthers = !can(settings, 'claim');
  let beats = 0;

  const loops = [
    seekWork(settings, {
      slots,
      outage,
      isActive,
      running: () => active.all().length,
      take,
      signal: stopping.signal,
      register: async () => {
        pool = await register(settings, { patience: 0, signal: stopping.signal });
        outage.succeeded('heartbeat');
        settleLost();
      },
    }),
    beat(settings, {
      outage,
      onPool: (next) => void (pool = next),
      onBeat() {
        beats += 1;
        if (watchesOthers && beats % 3 === 0) settleLost();
      },
      signal: over.signal,
    }),
    watchInterruptions(settings, active, over.signal),
  ];
  if (watchesOthers) settleLost();
  prestart();
  afterwards('What killed workers had checked out was not removed', removeLeft(settings));

  /**
   * Starts hosts in advance. A worker whose work tree has no framework logs that and continues, because the code of runs may have one, in
   * other folders or in Git repositories.
   */
  function prestart(): void {
    try {
      if (settings.prestart > 0) hosts.want(resolveHost(settings.root));
    } catch (error) {
      log(`${messageOf(error)} Until then, this worker only executes runs whose code is in a Git repository or in another folder.`);
    }
  }

  return {
    name: settings.name,
    boot: settings.boot,
    pool: settings.pool,
    running: () => active.all().length,
    stop: stopWorker({ active, hosts, reports, loops, stopping, hurry, giveUp, over }),
  };
}

/** Workers without anything to remove don't load the store. */
async function removeLeft({ env }: Pick<Settings, 'env'>): Promise<void> {
  const { removeLeftCheckouts } = await import('@tributary/code/left-checkouts');
  await removeLeftCheckouts({ ...env });
}
