import type { Compared } from './compared.ts';
import type { Lanes } from './lanes.ts';
import { busyPercent, residentMegabytes } from './resources.ts';

/** Measures both servers while they are idle. Leaves our workers running. */
export async function compareIdle(lanes: Lanes, note: (text: string) => void): Promise<Compared[]> {
  const { own, onPrefect, theirs } = lanes;
  note('Both servers idle for a minute, each with its own worker. Then Prefect’s server idles for a minute with our worker …');
  const worker = await theirs.startWorker();
  await own.startWorkers(['prestarted']);
  const [ours, withTheirs] = await Promise.all([busyPercent(own.serverPid, 60), busyPercent(onPrefect.serverPid, 60)]);
  const prefect = [residentMegabytes(onPrefect.serverPid)];
  const resident = { own: [residentMegabytes(own.serverPid)], onPrefect: prefect, theirs: prefect };
  const memory: Compared = { measure: 'server resident, a minute after start', unit: 'MB', values: resident };
  await worker.stop();
  await onPrefect.startWorkers(['prestarted']);
  const withOurs = await busyPercent(onPrefect.serverPid, 60);
  if (ours === undefined || withTheirs === undefined || withOurs === undefined) return [memory];
  return [
    memory,
    {
      measure: 'server busy, an idle worker polling',
      unit: '% of a core',
      values: { own: [ours], onPrefect: [withOurs], theirs: [withTheirs] },
    },
  ];
}
