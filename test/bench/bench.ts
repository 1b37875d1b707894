// `npm run bench`: what runs, tasks and deployments cost, held against what Node and Nx themselves cost on the same machine in the
// same minutes; with `--engine prefect` against a real Prefect server and its own worker. Samples alternate; figures are medians. A
// promise that is not kept is marked ✗.
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
  // What fails after Ctrl-C fails because of it.
  if (!stops.signal.aborted) throw error;
  console.error('The bench was stopped.');
} finally {
  await stops.all();
}
// What was under way when it was stopped.
process.exit();
