// `npm run bench` measures runs, tasks and deployments, and compares them with Node and Nx on the same machine in the same minutes. With
// `--engine prefect`, it compares them with a real Prefect server and Prefect's own worker instead. Measurements that
// are compared alternate, sample by sample. Figures are medians. A figure that breaks its promise is marked ✗.
import { createStops } from '../support/stops.ts';
import { readOptions } from './options.ts';
import { benchOwn } from './own.ts';
import { benchSideBySide } from './side-by-side.ts';

// The bench measures what a user's first start costs, so it must not use the set-up's compile cache.
delete process.env['NODE_COMPILE_CACHE'];

const stops = createStops();
const options = { ...readOptions(process.argv.slice(2)), stops };
try {
  const stopped = stops.interrupted.then(() => Promise.reject(stops.signal.reason));
  const { rows, table } = await Promise.race([options.engine === 'prefect' ? benchSideBySide(options) : benchOwn(options), stopped]);
  if (options.json) console.log(JSON.stringify({ node: process.versions.node, samples: options.samples, rows }, undefined, 2));
  else console.log(table);
} catch (error) {
  // After Ctrl-C, a failure is only a consequence of the interruption.
  if (!stops.signal.aborted) throw error;
  console.error('The bench was stopped.');
} finally {
  await stops.all();
}
// Doesn't wait for measurements that were under way when the bench was stopped.
process.exit();
