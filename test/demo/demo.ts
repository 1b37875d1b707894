// `npm run demo`: the main job on this machine, or with the name `jaffle_shop` a flow of flows on Postgres. The embedded server (or a real
// Prefect server), workers, and stand-ins for what the flows read start on free ports, with their own state in .tributary/demo…. The integrations
// are deployed, their flows run, and the result is read back.
import { join } from 'node:path';

import { messageOf } from '@tributary/contract';

import { createStops } from '../support/stops.ts';
import { repository } from '../support/workspace.ts';
import { readOptions } from './options.ts';
import { say } from './say.ts';
import type { Shown, Stage } from './stage.ts';

const options = readOptions(process.argv.slice(2), process.env['PGPASSWORD']);
// The programs that the demo starts get their passwords as secrets only.
delete process.env['PGPASSWORD'];
const stops = createStops();
const stage: Stage = { options, home: join(repository, '.tributary', options.folder), stops, logs: [] };

try {
  const began = performance.now();
  const shown = await runDemo();
  say(`\nDone in ${((performance.now() - began) / 1000).toFixed(1)} s. Where to look next:\n${shown.next}`);
  if (options.keep) await keep(shown);
} catch (error) {
  // After Ctrl-C, a failure is only a consequence of the interruption.
  if (!stops.signal.aborted) {
    process.exitCode = 1;
    console.error(`\nThe demo failed: ${messageOf(error)}`);
    for (const { of, lines } of stage.logs) for (const line of lines()) console.error(`  ${of}: ${line}`);
  }
} finally {
  await stops.all();
}
process.exit();

/** Loads only the demo that was asked for, and none for wrong options. */
async function runDemo(): Promise<Shown> {
  if (options.demo === 'jaffle_shop') {
    const { jaffleShop } = await import('./jaffle-shop.ts');
    return jaffleShop(stage);
  }
  const { mainJob } = await import('./main-job.ts');
  return mainJob(stage);
}

async function keep({ engine: { url, environment, pages, lost } }: Shown): Promise<void> {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  say(`\nServer (${url}) and ${options.demo === 'jaffle_shop' ? 'workers' : 'worker'} keep running${pages ? `; the server's pages: ${pages}` : ''}
In another terminal:
  ${variables.join(' ')} npx tributary flow-run ls
Ctrl-C ends them.`);
  await Promise.race([stops.interrupted, lost]);
}
