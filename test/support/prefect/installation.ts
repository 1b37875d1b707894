// A workspace with our worker and commands, as in ../installation.ts, but on a real Prefect server in place of the embedded server.
//
//   let prefect: Prefect; let inst: Installation;
//   beforeAll(async () => {
//     prefect = await startPrefect();
//     inst = await installOnPrefect(prefect, { 'ints/sample/deployments.ts': `import { deployFactory, flow } from '@tributary/flow'; …` });
//     await inst.deploy('sample');
//     await inst.startWorker('one');            // further flags in an array: ['--limit', '2']; returns a Running with stop()
//   });
//   afterAll(async () => { await inst?.close(); await prefect?.stop(); });
//   const run = await inst.ended(await inst.trigger('my-flow/my-deployment', { day: 1 }), 60);
//
// All workspaces on one server share the work pool `tributary`. Use them one after another, or start each worker with its own `--pool`.
import { type Installation, installOn } from '../installation.ts';
import type { Prefect } from './server.ts';

export type { Installation } from '../installation.ts';

/** Creates a workspace on a Prefect server. @param files texts by path, such as `ints/sample/deployments.ts` */
export function installOnPrefect(prefect: Pick<Prefect, 'environment'>, files: Readonly<Record<string, string>>): Promise<Installation> {
  return installOn(prefect.environment, files);
}
