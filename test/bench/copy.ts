import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

import { startPostgres } from '../support/postgres/server.ts';
import { start } from '../support/process.ts';
import type { Stops } from '../support/stops.ts';
import { table, writeCsv } from './copy-file.ts';

/** What loading a large file costs. */
export interface CopySamples {
  /** megabytes a second of each load */
  readonly ours: number[];
  /** the same for psql's `\copy`; empty without psql */
  readonly psql: number[];
  /** seconds of CPU for each GB */
  readonly cpu: number[];
  /** peak memory of a load of the large file above that of the small file, in MB */
  readonly more: number;
}

const loaded = z.object({ rows: z.int(), seconds: z.number(), cpu: z.number(), peak: z.number() });

/** Loads a file of 400 MB by copyCsv and by psql, in turn, and a file of 20 MB by copyCsv. Each load replaces the rows in one transaction. */
export async function measureCopy(stops: Stops, samples: number): Promise<CopySamples> {
  const folder = await stops.add(mkdtempSync(join(tmpdir(), 'tributary-copy-')), async (path) => rmSync(path, { recursive: true }));
  const [large, small] = [join(folder, 'large.csv'), join(folder, 'small.csv')];
  const bytes = await writeCsv(large, 400);
  await writeCsv(small, 20);
  const postgres = await stops.add(startPostgres(), (started) => started.stop());
  const { host, port, database, user, password } = postgres.connection;
  const env = { PGHOST: host, PGPORT: String(port), PGDATABASE: database, PGUSER: user, PGPASSWORD: password };
  const taken: Omit<CopySamples, 'more'> = { ours: [], psql: [], cpu: [] };

  const load = async (file: string, flags: readonly string[] = []): Promise<z.output<typeof loaded>> => {
    const running = await stops.add(
      start(process.execPath, [...flags, join(import.meta.dirname, 'copy-once.ts'), file], { env }),
      ({ stop }) => stop(),
    );
    const { code, stdout, stderr } = await running.ended;
    if (code !== 0) throw new Error(`The load failed:\n${stderr}`);
    return loaded.parse(JSON.parse(stdout));
  };
  const copyByPsql = async (): Promise<number> => {
    const statements = ['BEGIN', `TRUNCATE ${table}`, `\\copy ${table} from '${large}' with (format csv, header true)`, 'COMMIT'];
    const args = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', ...statements.flatMap((statement) => ['-c', statement])];
    const began = performance.now();
    const running = await stops.add(start('psql', args, { env }), ({ stop }) => stop());
    const { code, stderr } = await running.ended;
    if (code !== 0) throw new Error(`psql failed:\n${stderr}`);
    return (performance.now() - began) / 1000;
  };

  // V8 collects the buffers that a stream has read only when they take 64 MB, or when its young generation is full.
  const lean = ['--max-semi-space-size=1'];
  const smallPeak = (await load(small, lean)).peak;
  const more = (await load(large, lean)).peak - smallPeak;
  const hasPsql = spawnSync('psql', ['--version']).status === 0;
  for (let sample = 0; sample < samples; sample += 1) {
    const { seconds, cpu } = await load(large);
    taken.ours.push(bytes / 1e6 / seconds);
    taken.cpu.push(cpu / (bytes / 1e9));
    if (hasPsql) taken.psql.push(bytes / 1e6 / (await copyByPsql()));
  }
  return { ...taken, more };
}
