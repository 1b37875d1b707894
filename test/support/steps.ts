import { existsSync, readFileSync } from 'node:fs';

/**
 * A flow that runs many short tasks, one after the other, beside one long task. The results of all tasks are cached. Each task writes its
 * name and its process id into a file of the data folder. The parameter `mark` is the file's name.
 */
export const stepsFiles: Readonly<Record<string, string>> = {
  'ints/steps/flows/steps.ts': `import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { flow, run, task } from '@tributary/flow';
import { z } from 'zod';

const note = (mark: string, text: string) => appendFileSync(join(run().dataDir, mark), text + ' ' + process.pid + '\\n');
const beside = task({ name: 'beside', cache: 'inputs' }, async (mark: string, seconds: number) => {
  note(mark, 'beside-begun');
  await sleep(seconds * 1000, undefined, { signal: run().signal });
  note(mark, 'beside-ended');
  return true;
});
const step = task({ name: 'step', cache: 'inputs' }, async (mark: string, nth: number) => {
  await sleep(200, undefined, { signal: run().signal });
  note(mark, 'step-' + nth);
  return nth;
});
const parameters = z.object({ mark: z.string(), count: z.number(), besideSeconds: z.number().default(3) });
export const steps = flow({ name: 'steps', parameters, retries: 1 }, async ({ mark, count, besideSeconds }) => {
  const other = beside.submit(mark, besideSeconds);
  for (let nth = 0; nth < count; nth += 1) await step(mark, nth);
  await other.wait();
  return process.pid;
});
`,
  'ints/steps/deployments.ts': `import { deployFactory } from '@tributary/flow';
import { steps } from './flows/steps.ts';

export const free = deployFactory({ name: 'free', flow: steps });
export const single = deployFactory({ name: 'single', flow: steps, concurrencyLimit: 1 });
`,
};

/** Reads what the tasks wrote, in order. */
export function notesIn(file: string): { readonly text: string; readonly pid: number }[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => ({ text: line.split(' ')[0] ?? '', pid: Number(line.split(' ')[1]) }));
}

export const stepNames = (count: number): string[] => Array.from({ length: count }, (_, nth) => `step-${nth}`);
