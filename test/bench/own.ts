import { measureBurst } from './burst.ts';
import { measureDeploy } from './deploy.ts';
import { busyPercent, residentMegabytes } from './resources.ts';
import { type Stage, startBench } from './stage.ts';
import { median, percentile } from './statistics.ts';
import { figureOf, isKept, type Row, toTable } from './table.ts';
import { measureTasks } from './tasks.ts';
import { measureTrigger } from './trigger.ts';
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
    note(`Bursts of ${stage.burstSize} no-op runs, ${stage.width} at a time: ${samples} bursts, each after as many Node processes …`);
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
  if (wants('deploy')) {
    note(`Deploys of 100 integrations: ${samples} samples each with no, one and all integrations changed …`);
    const { nothing, none, one, all } = await measureDeploy(stage, samples);
    const row = (changed: string, taken: readonly number[]): Row => ({
      measure: `nx run-many -t deploy, 100 integrations, ${changed} changed`,
      value: median(taken),
      unit: 's',
      floor: median(nothing),
      promise: { most: 2 },
    });
    rows.push(row('none', none), row('one', one), row('all', all));
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
