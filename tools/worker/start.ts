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
import { createRunSlots } from './poll/run-slots.ts';
import { can, settle, type WorkerOptions } from './settings.ts';
import { stopWorker } from './stop.ts';
import { createActiveRuns } from './watch/active-run.ts';
import { watchInterruptions } from './watch/watch-interruptions.ts';

export interface Worker {
  readonly name: string;
  /** which life of it */
  readonly boot: string;
  readonly pool: string;
  /** how many runs it executes now */
  running(): number;
  /**
   * Takes no more work, lets runs go on for up to `drainSeconds` (0 unless told), then ends what is left. Resolves when no process is left.
   * A second call ends the draining at once.
   */
  stop(options?: { readonly drainSeconds?: number }): Promise<void>;
}

/** @throws TributaryError when the server can't be reached, refuses, or has a pool of another type under that name */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const settings = settle(options, crypto.randomUUID());
  const { log } = settings;
  let pool = await register(settings, { patience: patience.command });

  const stopping = new AbortController();
  const hurry = new AbortController();
  const giveUp = new AbortController();
  const over = new AbortController();
  const active = createActiveRuns();
  const slots = createRunSlots(settings.limit);
  const outage = createOutage(settings);
  const reports = new Map<Promise<void>, FlowRun['id'] | undefined>();
  const isInHand = (id: FlowRun['id']): boolean => active.get(id) !== undefined || [...reports.values()].includes(id);
  const isBusy = (): boolean => active.all().length > 0;
  const hosts = createWaitingHosts({ size: settings.prestart, start: (source) => spawnHost(settings, source), isBusy, log });

  const afterwards = (what: string, report: Promise<unknown>, run?: FlowRun): void => {
    const kept = report.then(
      () => undefined,
      (error: unknown) => log(`${run ? `${run.name}: ` : ''}${what}. ${messageOf(error)}`),
    );
    reports.set(kept, run?.id);
    void kept.then(() => reports.delete(kept));
  };
  const context: Context = { settings, active, hosts, pool: () => pool, afterwards, hurry: hurry.signal, giveUp: giveUp.signal };

  const take = (run: FlowRun): Promise<Taken> => {
    slots.take();
    return new Promise((decided) => {
      const life = execute(context, run, decided).catch((error: unknown) => {
        log(`${run.name}: given up. ${messageOf(error)}`);
        active.remove(run);
        decided('refused');
      });
      void life.finally(() => slots.release());
    });
  };
  const settleLost = (): void =>
    afterwards('Lost runs could not be looked for', settleLostRuns(settings, { isInHand, inTouch: outage.inTouch }, giveUp.signal));
  /** On a server that does not watch them, workers watch each other. */
  const watchesOthers = !can(settings, 'claim');
  let beats = 0;

  const loops = [
    seekWork(settings, {
      slots,
      outage,
      isInHand,
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

  /** Without a framework in the worker's own tree nothing waits; a run of another tree may bring one. */
  function prestart(): void {
    try {
      if (settings.prestart > 0) hosts.want(resolveHost(settings.root));
    } catch (error) {
      log(messageOf(error));
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
