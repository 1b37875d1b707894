// `npm run bench`: the cost of runs, tasks and deployments, compared with that of Node and Nx on the same machine in the same minutes; with
// `--engine prefect` compared with a real Prefect server and its own worker. Samples alternate, and figures are medians. A broken promise is
// marked ✗.
import { createStops } from '../support/stops.ts';
import { readOptions } from './options.ts';
import { benchOwn } from './own.ts';
import { benchSideBySide } from './side-by-side.ts';

const stops = createStops();
const options = { ...readOptions(process.argv.slice(2)), stops };
try {
  const stopped = stops.interrupted.then(() => Promise.reject(stops.signal.reason));
  const { rows, table } = await Promise.race([options.engine === 'prefect' ? benchSideBySide(options) : benchOwn(options), stopped]);
  if (options.json) console.log(JSON.stringify({ node: process.versions.node, samples: options.samples, rows }, undefined, 2));
  else console.log(table);
} catch (error) {
  // Failures after Ctrl-C are caused by it.
  if (!stops.signal.aborted) throw error;
  console.error('The bench was stopped.');
} finally {
  await stops.all();
}
// Ends what was under way when it was stopped.
process.exit();
