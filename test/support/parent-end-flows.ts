/**
 * Flows whose parents end in each way while children run. A sleeper runs until the file of its mark exists.
 * @param timeout of the parent that times out; it creates its children before that
 */
export const parentEndFiles = (timeout: `${number}s`): Readonly<Record<string, string>> => ({
  'ints/ends/flows/ends.ts': `import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFlowRun, flow, run, runDeployment, task } from '@tributary/flow';
import { z } from 'zod';

const file = (mark: string) => join(run().dataDir, mark);
async function sleepUntil(mark: string): Promise<void> {
  while (!existsSync(file(mark + '.go'))) await sleep(50, undefined, { signal: run().signal });
}
export const sleeper = flow({ name: 'sleeper', parameters: z.object({ mark: z.string(), nth: z.string() }) }, async ({ mark, nth }) => {
  appendFileSync(file(mark), nth + '\\n');
  await sleepUntil(mark);
});
const load = task({ name: 'load' }, () => Promise.reject(new Error('no such table')));
/** Fails once this many sleepers of the mark have begun. */
export const bad = flow({ name: 'bad', parameters: z.object({ mark: z.string(), after: z.int() }) }, async ({ mark, after }) => {
  const begun = () => (existsSync(file(mark)) ? readFileSync(file(mark), 'utf8').trim().split('\\n').length : 0);
  while (begun() < after) await sleep(50, undefined, { signal: run().signal });
  await load();
});

/** Waits for three children, one of which fails once the others have begun, and launches two others. */
export const failing = flow({ name: 'failing', parameters: z.object({ mark: z.string() }) }, async ({ mark }) => {
  const child = (nth: string) => ({ parameters: { mark, nth }, flowRunName: mark + ' ' + nth });
  await createFlowRun.unchecked('sleeper/here', child('launched'));
  await createFlowRun.unchecked('sleeper/here', { ...child('bound'), onParentEnd: 'cancel' });
  await Promise.all([
    runDeployment.unchecked('sleeper/here', child('kept')),
    runDeployment.unchecked('sleeper/here', { ...child('ended'), onParentEnd: 'cancel' }),
    runDeployment.unchecked('bad/here', { parameters: { mark, after: 4 }, flowRunName: mark + ' bad', raiseFinalState: true }),
  ]);
});
/** Waits for a child, and launches another. Then it calls a task, again and again while it is held. */
export const waiting = flow({ name: 'waiting', parameters: z.object({ mark: z.string(), leaves: z.boolean().default(false) }) }, async ({ mark, leaves }) => {
  const child = (nth: string) => ({ parameters: { mark, nth }, flowRunName: mark + ' ' + nth });
  if (leaves) await createFlowRun.unchecked('sleeper/here', { ...child('left'), onParentEnd: 'leave' });
  await createFlowRun.unchecked('sleeper/here', child('launched'));
  await runDeployment.unchecked('sleeper/here', { ...child('kept'), raiseFinalState: true });
  do {
    await after();
    await sleep(50, undefined, { signal: run().signal });
  } while (existsSync(file(mark + '.hold')));
});
const after = task({ name: 'after' }, () => null);
/** Waits for two children until it times out. */
export const hurried = flow({ name: 'hurried', timeout: '${timeout}', parameters: z.object({ mark: z.string() }) }, async ({ mark }) => {
  const child = (nth: string) => ({ parameters: { mark, nth }, flowRunName: mark + ' ' + nth });
  await Promise.all([
    runDeployment.unchecked('sleeper/here', child('kept')),
    runDeployment.unchecked('sleeper/here', { ...child('ended'), onParentEnd: 'cancel' }),
  ]);
});
/** Waits for a child that waits for a child, and so on. The last one sleeps. */
export const nest = flow({ name: 'nest', parameters: z.object({ mark: z.string(), depth: z.int() }) }, async ({ mark, depth }) => {
  if (depth === 0) return sleepUntil(mark);
  await runDeployment.unchecked('nest/here', { parameters: { mark, depth: depth - 1 }, flowRunName: mark + ' ' + (depth - 1), raiseFinalState: true });
});
`,
  'ints/ends/deployments.ts': `import { deployFactory } from '@tributary/flow';
import { bad, failing, hurried, nest, sleeper, waiting } from './flows/ends.ts';

const name = 'here';
export const one = deployFactory({ name, flow: sleeper });
export const two = deployFactory({ name, flow: bad });
export const three = deployFactory({ name, flow: failing });
export const four = deployFactory({ name, flow: waiting });
export const five = deployFactory({ name, flow: nest });
export const six = deployFactory({ name, flow: hurried });
`,
});
