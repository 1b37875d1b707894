import { startPrefect } from '../support/prefect/server.ts';
import { wholeBurst } from './burst.ts';
import { type Compared, figureOf, isKept, toTable } from './compared.ts';
import { addIntegrations, deployChanged, deployUnchanged } from './deploy.ts';
import { compareIdle } from './idle.ts';
import { type Lanes, theirPollSeconds } from './lanes.ts';
import type { BenchOptions, BenchResult } from './options.ts';
import { startBench } from './stage.ts';
import { percentile, sum } from './statistics.ts';
import { compare, eachOf } from './taken.ts';
import { runTasks } from './tasks.ts';
import { createTheirs } from './theirs.ts';
import { trigger } from './trigger.ts';

/** The number of runs in a burst. Prefect's worker takes a minute for so many. */
const burstSize = 20;

/**
 * Compares three combinations in turn: our worker on our server, our worker on a Prefect server, and Prefect's worker on that same server.
 * Takes fewer samples of measurements for which Prefect's worker needs ten seconds or more.
 */
export async function benchSideBySide(options: BenchOptions): Promise<BenchResult> {
  const rows = await compareAll(options);
  return { rows: rows.map((row) => ({ ...row, figure: figureOf(row), kept: isKept(row) })), table: toTable(rows) };
}

async function compareAll({ samples, wants, note, stops }: BenchOptions): Promise<Compared[]> {
  const few = Math.ceil(samples / 3);
  // The number of samples of measurements that take Prefect's worker a minute each.
  const rare = Math.ceil(samples / 5);
  const rows: Compared[] = [];
  note('Starting our server and a Prefect server …');
  const prefect = await stops.add(startPrefect({ signal: stops.signal }), (server) => server.stop());
  const own = await startBench(stops);
  const onPrefect = await startBench(stops, prefect);
  const theirs = await createTheirs(prefect, onPrefect);
  const lanes: Lanes = { own, onPrefect, theirs };

  if (wants('server')) rows.push(...(await compareIdle(lanes, note)));
  else for (const stage of [own, onPrefect]) await stage.startWorkers(['prestarted']);
  for (const stage of [own, onPrefect]) await stage.startWorkers(['burst']);
  await theirs.startWorker();

  if (wants('trigger')) {
    note(`Trigger to user code: ${samples} samples on our server, ${few} with each worker on Prefect’s server …`);
    rows.push(...(await compareTrigger(lanes, samples, few)));
  }
  if (wants('burst')) {
    note(`Bursts of ${burstSize} no-op runs, ${own.width} at a time by our worker: ${rare} with each worker and server …`);
    rows.push(...(await compareBurst(lanes, rare)));
  }
  if (wants('tasks')) {
    note(`Tasks: ${few} runs of 1,000 tasks with each worker and server …`);
    rows.push(...(await compareTasks(lanes, few)));
  }
  if (wants('deploy')) {
    note(`Deploys of 100 deployments: ${rare} unchanged and ${rare} changed to each server …`);
    rows.push(...(await compareDeploy(lanes, rare)));
  }
  return rows;
}

async function compareTrigger({ own, onPrefect, theirs }: Lanes, samples: number, few: number): Promise<Compared[]> {
  const take = {
    own: () => trigger(own, own.deployments.prestarted),
    onPrefect: () => trigger(onPrefect, onPrefect.deployments.prestarted),
    // Waits for a random moment between two polls of Prefect's worker. The previous run ended soon after a poll, so without this wait
    // every sample would begin soon after a poll, too.
    theirs: () => theirs.trigger({ within: theirPollSeconds }),
  };
  // The first sample of each combination fills caches and isn't counted.
  await Promise.all([take.own(), take.onPrefect(), take.theirs()]);
  const values = await compare(samples, few, take);
  return [
    { measure: 'trigger to user code, median', unit: 'ms', values, promise: { most: 0.5 } },
    { measure: 'trigger to user code, p95', unit: 'ms', values, by: (of) => percentile(of, 95) },
  ];
}

async function compareBurst({ own, onPrefect, theirs }: Lanes, few: number): Promise<Compared[]> {
  const taken = await compare(few, few, {
    own: () => wholeBurst(own, burstSize),
    onPrefect: () => wholeBurst(onPrefect, burstSize),
    // Prefect's worker loses runs if its server is too busy. Lost runs are reported, and don't end the bench.
    theirs: () => theirs.burst(burstSize),
  });
  return [
    { measure: `burst of ${burstSize} no-op runs`, unit: '/s', values: eachOf(taken, ({ rate }) => rate) },
    { measure: 'runs of these bursts that did not complete', unit: 'runs', values: eachOf(taken, ({ lost }) => lost.length), by: sum },
  ];
}

async function compareTasks({ own, onPrefect, theirs }: Lanes, few: number): Promise<Compared[]> {
  const taken = await compare(few, few, {
    own: () => runTasks(own, { mapped: 0 }),
    onPrefect: () => runTasks(onPrefect, { mapped: 0 }),
    theirs: () => theirs.runTasks(),
  });
  return [
    { measure: 'a no-op task, called in a row', unit: 'ms', values: eachOf(taken, ({ inARow }) => inARow), promise: { most: 1 } },
    { measure: 'all states of 1,000 tasks recorded after the end', unit: 'ms', values: eachOf(taken, ({ recorded }) => recorded) },
  ];
}

async function compareDeploy({ own, onPrefect, theirs }: Lanes, few: number): Promise<Compared[]> {
  for (const stage of [own, onPrefect]) await addIntegrations(stage);
  await theirs.deploy('version 0');
  const none = await compare(few, few, {
    own: () => deployUnchanged(own),
    onPrefect: () => deployUnchanged(onPrefect),
    theirs: () => theirs.deploy('version 0'),
  });
  let version = 0;
  const all = await compare(few, few, {
    own: () => deployChanged(own, (version += 1)),
    onPrefect: () => deployChanged(onPrefect, (version += 1)),
    theirs: () => theirs.deploy(`version ${(version += 1)}`),
  });
  return [
    { measure: 'deploy of 100, none changed', unit: 's', values: none, promise: { faster: 15 } },
    { measure: 'deploy of 100, all changed', unit: 's', values: all, promise: { faster: 1.8 } },
  ];
}
