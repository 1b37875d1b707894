import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** An integration whose runs leave marks in the data folder: how often and in which processes each run began, and how often it ended. */
export const marking = {
  'ints/marks/flows/work.ts': `import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { flow, logger, run, task } from '@tributary/flow';
import { z } from 'zod';

const mark = (name: string, fact: unknown) => appendFileSync(join(run().dataDir, name), JSON.stringify(fact) + '\\n');
const parameters = z.object({ mark: z.string(), seconds: z.number().default(0), deaf: z.boolean().default(false), exit: z.number().optional() });
const step = task({ name: 'step', runName: (number: number) => 'step ' + number }, async (number: number) => {
  logger.info('step ' + number);
  await sleep(500, undefined, { signal: run().signal });
  return number;
});

/** Works for the given seconds: in steps of half a second, or, if \`deaf\`, without reacting to signals. Starts a child process as well. */
export const work = flow({ name: 'work', parameters }, async ({ mark: name, seconds, deaf, exit }) => {
  const child = seconds > 0 ? spawn('sleep', ['300'], { stdio: 'ignore' }) : undefined;
  mark(name + '.begun', { at: Date.now(), pids: [process.pid, child?.pid].filter(Boolean), env: process.env });
  if (exit !== undefined) process.exit(exit);
  try {
    if (deaf) await sleep(seconds * 1000);
    else for (let number = 1; number <= seconds * 2; number += 1) await step(number);
  } finally {
    child?.kill();
  }
  mark(name + '.done', Date.now());
  return name;
});
/** Only marks that it was run. */
export const tick = flow({ name: 'tick' }, () => mark('ticks', run().flowRunId));
`,
  'ints/marks/deployments.ts': `import { deployFactory } from '@tributary/flow';
import { tick, work } from './flows/work.ts';

export const one = deployFactory({ name: 'here', flow: work });
export const two = deployFactory({ name: 'here', flow: tick });
export const three = deployFactory({ name: 'elsewhere', flow: work, pool: 'elsewhere' });
`,
};

/** The same integration with a single deployment in its own work pool. Both have the given name. */
export const inPool = (name: string) => ({
  ...marking,
  'ints/marks/deployments.ts': `import { deployFactory } from '@tributary/flow';
import { work } from './flows/work.ts';

export const one = deployFactory({ name: '${name}', flow: work, pool: '${name}' });
`,
});

export interface Begun {
  /** milliseconds since 1970 */
  readonly at: number;
  /** the process ids of the run's host and of its child process */
  readonly pids: readonly number[];
  /** the environment variables that user code sees */
  readonly env: Readonly<Record<string, string>>;
}

/** Reads the marks that the runs of a workspace have left. */
export function readMarks(home: string) {
  const lines = (name: string): unknown[] => {
    const file = join(home, 'data', name);
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  };
  const begun = (mark: string) => lines(`${mark}.begun`) as Begun[];
  return {
    begun,
    done: (mark: string) => lines(`${mark}.done`).length,
    /** when the runs with this mark ended, in milliseconds since 1970 */
    doneAt: (mark: string) => lines(`${mark}.done`).map(Number),
    /** the ids of the runs of `tick`, one for each execution */
    ticks: () => lines('ticks').map(String),
    /** Waits until the run with this mark has begun. @param seconds the longest wait */
    async started(mark: string, seconds = 20): Promise<Begun> {
      for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(25)) {
        const [first] = begun(mark);
        if (first) return first;
      }
      throw new Error(`The run ${mark} did not begin within ${seconds} s.`);
    },
  };
}
