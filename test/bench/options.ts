import { parseArgs } from 'node:util';

import type { Stops } from '../support/stops.ts';

const parts = [
  'server',
  'trigger',
  'burst',
  'tasks',
  'ends',
  'parent',
  'deploy',
  'closures',
  'code',
  'against',
  'checkout',
  'requests',
  'apply',
  'waiting',
  'copy',
  'jaffle-shop',
] as const;
const engines = ['embedded', 'prefect'] as const;
type Part = (typeof parts)[number];

const usage = `npm run bench [-- --engine prefect] [--samples N] [--only PART,…] [--json]

  --engine prefect  compare our server with a real Prefect server, and our worker with Prefect's own; takes 20 minutes
  --samples N       how many samples to take of each measurement (15)
  --only PART,…     measure only these parts: ${parts.join(', ')}
  --json            print JSON instead of a table`;

export interface BenchOptions {
  readonly engine: (typeof engines)[number];
  readonly samples: number;
  readonly json: boolean;
  readonly wants: (part: Part) => boolean;
  /** prints what is being measured */
  readonly note: (text: string) => void;
  /** the processes that the bench has started and must end */
  readonly stops: Stops;
}

export interface BenchResult {
  readonly rows: readonly object[];
  readonly table: string;
}

/** Reads the options. Exits with 0 for --help, and with 2 for unknown ones. */
export function readOptions(args: string[]): Omit<BenchOptions, 'stops'> {
  try {
    const { values } = parseArgs({
      args,
      options: {
        engine: { type: 'string', default: 'embedded' },
        samples: { type: 'string', default: '15' },
        only: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean' },
      },
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    const engine = engines.find((known) => known === values.engine);
    if (!engine) throw new Error(`Unknown --engine ${values.engine}. Use ${engines.join(' or ')}.`);
    const only = values.only?.split(',').map((name) => {
      const part = parts.find((known) => known === name);
      if (!part) throw new Error(`Unknown part "${name}" in --only. Choose from: ${parts.join(', ')}.`);
      return part;
    });
    const samples = Number(values.samples);
    if (!Number.isInteger(samples) || samples < 1) throw new Error(`--samples takes a whole number of at least 1, not ${values.samples}.`);
    return {
      engine,
      samples,
      json: values.json,
      wants: (part) => only === undefined || only.includes(part),
      note: (text) => void process.stderr.write(`${text}\n`),
    };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}
