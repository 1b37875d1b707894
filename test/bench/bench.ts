// `npm run bench`: what runs, tasks and deployments cost, held against what Node and Nx themselves cost on the same machine in the
// same minutes; with `--engine prefect` against a real Prefect server and its own worker. Samples alternate; figures are medians. A
// promise that is not kept is marked ✗.
import { isTributaryError, TributaryError } from '@tributary/contract';

import { readOptions } from './options.ts';
import { benchOwn } from './own.ts';
import { benchSideBySide } from './side-by-side.ts';

const stopped = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => reject(new TributaryError('cancelled', 'The bench was stopped.')));
});
stopped.catch(() => undefined);

const options = { ...readOptions(process.argv.slice(2)), stopped };
try {
  const { rows, table } = await (options.engine === 'prefect' ? benchSideBySide(options) : benchOwn(options));
  if (options.json) console.log(JSON.stringify({ node: process.versions.node, samples: options.samples, rows }, undefined, 2));
  else console.log(table);
} catch (error) {
  if (!isTributaryError(error, 'cancelled')) throw error;
  console.error(error.message);
  process.exitCode = 130;
}
// What was under way when it was stopped.
process.exit();
