import { measureAgainst } from './against.ts';
import { measureApply } from './apply.ts';
import { measureBurst } from './burst.ts';
import { measureCheckout, measureNewCommit } from './checkout.ts';
import { measureClosures } from './closures.ts';
import { measureCode } from './code.ts';
import { measureCodeTrigger } from './code-trigger.ts';
import { measureCopy } from './copy.ts';
import { measureDeploy } from './deploy.ts';
import { measureJaffleShop } from './jaffle-shop.ts';
import { busyPercent, residentMegabytes } from './resources.ts';
import { countRequests } from './requests.ts';
import { type Stage, startBench } from './stage.ts';
import { measureOwnership } from './ownership.ts';
import { median, percentile } from './statistics.ts';
import { figureOf, isKept, type Row, toTable } from './table.ts';
import { measureTasks } from './tasks.ts';
import { measureEnds } from './ends.ts';
import { measureParent } from './parent.ts';
import { measureTrigger } from './trigger.ts';
import { measureWaiting } from './waiting.ts';
import type { BenchOptions, BenchResult } from './options.ts';

/** Measures our own server and workers, compared with Node and Nx on the same machine in the same minutes. */
export async function benchOwn(options: BenchOptions): Promise<BenchResult> {
  const rows = await measureAll(await startBench(options.stops), options);
  return { rows: rows.map((row) => ({ ...row, figure: figureOf(row), kept: isKept(row) })), table: toTable(rows) };
}

async function measureAll(stage: Stage, { samples, wants, note }: BenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  if (wants('server')) {
    note('The server idles for a minute …');
    const busy = await busyPercent(stage.serverPid, 60);
    rows.push({
      measure: 'server resident, a minute after start',
      value: residentMegabytes(stage.serverPid),
      unit: 'MB',
      promise: { most: 110 },
    });
    if (busy !== undefined) rows.push({ measure: 'server busy when idle', value: busy, unit: '% of a core', promise: { most: 1 } });
  }
  await stage.startWorkers(['prestarted', 'spawned', 'burst']);
  if (wants('trigger')) {
    note(`Trigger to user code: ${2 * samples} samples each of Node alone, a prestarted host and a spawned host, in turn …`);
    const { bare, prestarted, spawned } = await measureTrigger(stage, 2 * samples);
    const floor = median(bare);
    const row = (measure: string, value: number, most: number): Row => ({ measure, value, unit: 'ms', floor, promise: { most } });
    rows.push(
      row('trigger to user code, prestarted, median', median(prestarted), 0.8),
      row('trigger to user code, prestarted, p95', percentile(prestarted, 95), 1.5),
      row('trigger to user code, --prestart 0, median', median(spawned), 5),
    );
  }
  if (wants('burst')) {
    note(`Bursts of ${stage.burstSize} no-op runs, ${stage.width} at a time: ${samples} bursts. Before each, as many Node processes …`);
    const { runs, reference } = await measureBurst(stage, samples);
    rows.push({
      measure: `burst of ${stage.burstSize} no-op runs`,
      value: median(runs),
      unit: '/s',
      floor: median(reference),
      promise: { least: 0.5 },
    });
  }
  if (wants('tasks')) {
    note(`Tasks: ${samples} runs of 2,000 tasks each …`);
    const { inARow, mapped, recorded } = await measureTasks(stage, samples);
    rows.push(
      { measure: 'a no-op task, called in a row', value: inARow, unit: 'ms', promise: { most: 0.1 } },
      { measure: 'a no-op task, mapped', value: mapped, unit: 'ms', promise: { most: 0.1 } },
      { measure: 'all states recorded after the end', value: recorded, unit: 'ms', promise: { most: 500 } },
    );
  }
  if (wants('ends')) {
    note('A parent that waits for 100 children, one after another, and as many answers of /health …');
    const { ends, health } = await measureEnds(stage, 100);
    rows.push({
      measure: "a child's end to the parent's next line, p95 of 100",
      value: percentile(ends, 95),
      unit: 'ms',
      floor: median(health),
      promise: { most: 10 },
    });
  }
  if (wants('parent')) {
    note(`A parent of three children that do nothing, and three such runs without a parent: ${samples} samples each, in turn …`);
    const { parent, byHand } = await measureParent(stage, samples);
    rows.push({
      measure: "a parent of three, without its children's own times",
      value: median(parent),
      unit: 'ms',
      floor: median(byHand),
      promise: { most: 1.5 },
    });
  }
  if (wants('deploy')) {
    const row = (changed: string, count: number, taken: readonly number[], nothing: readonly number[], most: number): Row => ({
      measure: `nx run-many -t deploy, ${count} integrations, ${changed} changed`,
      value: median(taken),
      unit: 's',
      floor: median(nothing),
      promise: { most },
    });
    note(`Deploys of 100 integrations: ${samples} samples each with no, one and all integrations changed …`);
    const { nothing, none, one, all } = await measureDeploy(stage, { count: 100, samples });
    rows.push(row('none', 100, none, nothing, 1.4), row('one', 100, one, nothing, 1.4), row('all', 100, all, nothing, 1.7));
    note(`Ownership and three-way merging in a plan of 100 integrations: ${samples} profiles …`);
    const { whole, rest } = await measureOwnership(stage, samples);
    rows.push({
      measure: 'plan of 100 integrations, against the same without owners and merging',
      value: median(whole),
      unit: 'ms',
      floor: median(rest),
      promise: { most: 1.1 },
    });
    const few = Math.ceil(samples / 3);
    note(`Deploys of 800 integrations: ${few} samples with one integration changed …`);
    const many = await measureDeploy(stage, { count: 800, samples: few, kinds: ['one'] });
    rows.push(row('one', 800, many.one, many.nothing, 1.7));
  }
  if (wants('closures')) {
    note(`The code of 500 integrations, and reading and hashing the same files: ${samples} samples each, in turn …`);
    const { closures, reading } = await measureClosures(stage.stops, { count: 500, samples });
    rows.push({
      measure: 'closures of 500 integrations',
      value: median(closures),
      unit: 'ms',
      floor: median(reading),
      promise: { most: 2 },
    });
  }
  if (wants('code')) {
    note(`Code from a repository of 20,000 files, with the store, Prefect's git commands, and by hand: ${samples} samples each, in turn …`);
    rows.push(...(await measureCode(stage.stops, samples)));
    note(`Trigger to user code from Git, and from the local folder: ${2 * samples} samples each, in turn …`);
    rows.push(await measureCodeTrigger(stage, 2 * samples));
  }
  if (wants('against')) {
    const few = Math.ceil(samples / 3);
    note(`Plans of 500 integrations, one of them changed, against the last commit and on a server: ${few} samples each, in turn …`);
    const { commit, live } = await measureAgainst(stage.stops, { count: 500, samples: few });
    rows.push({
      measure: 'plan --against a commit, 500 integrations, one changed',
      value: median(commit),
      unit: 's',
      floor: median(live),
      promise: { most: 2.2 },
    });
  }
  if (wants('checkout')) {
    note(`Checkouts of a held commit, and reading its files: ${samples} samples each, in turn …`);
    rows.push(await measureCheckout(stage, samples));
    const few = Math.ceil(samples / 3);
    note(`dbt's first command in new commits, and in a folder that stays: ${few} samples each, in turn …`);
    rows.push(await measureNewCommit(stage, few));
  }
  if (wants('requests')) {
    note('The requests of a plan of 5,000 deployments …');
    const promise = { most: 28 };
    rows.push({ measure: 'a plan of 5,000 deployments', value: await countRequests(stage, 5000), unit: 'requests', promise });
  }
  if (wants('apply')) {
    note(`Claims while five owners apply 1,000 deployments: ${samples} samples …`);
    const { whole, longest } = await measureApply(stage.stops, samples);
    rows.push({
      measure: 'the longest wait of a claim while 1,000 are applied',
      value: median(longest),
      unit: 'ms',
      floor: median(whole),
      promise: { most: 0.3 },
    });
  }
  if (wants('waiting')) {
    note(`Why 200 runs wait: ${samples} requests to a server with a million runs …`);
    const promise = { most: 50 };
    rows.push({
      measure: 'why 200 runs wait, beside a million others',
      value: median(await measureWaiting(stage.stops, samples)),
      unit: 'ms',
      promise,
    });
  }
  if (wants('copy')) {
    const few = Math.ceil(samples / 3);
    note(`A CSV file of 400 MB into Postgres by copyCsv and by psql, in turn: ${few} samples …`);
    const { ours, psql, cpu, more } = await measureCopy(stage.stops, few);
    if (psql.length === 0) note('psql is not installed, so copyCsv is not compared with it.');
    else
      rows.push({
        measure: 'copyCsv of 400 MB, against \\copy of psql',
        value: median(ours),
        unit: 'MB/s',
        floor: median(psql),
        promise: { least: 0.8 },
      });
    rows.push(
      { measure: 'CPU of copyCsv', value: median(cpu), unit: 's/GB', promise: { most: 8 } },
      { measure: 'peak memory of 400 MB above that of 20 MB', value: more, unit: 'MB', promise: { most: 25 } },
    );
  }
  if (wants('jaffle-shop')) {
    const few = Math.ceil(samples / 3);
    note(`04_orchestrating_flow of the jaffle shop, and its three children by hand: ${few} samples each, in turn …`);
    const { orchestrated, byHand } = await measureJaffleShop(stage, few);
    rows.push({
      measure: '04_orchestrating_flow, against the sum of its children by hand',
      value: median(orchestrated),
      unit: 's',
      floor: median(byHand),
      promise: { most: 1.1 },
    });
  }
  if (wants('server'))
    rows.push({
      measure: 'server resident, after this bench',
      value: residentMegabytes(stage.serverPid),
      unit: 'MB',
      promise: { most: 160 },
    });
  return rows;
}
