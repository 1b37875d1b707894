// A workspace of our own on a real Prefect server: everything of ../installation.ts but the embedded server.
//
//   let prefect: Prefect; let inst: Installation;
//   beforeAll(async () => {
//     prefect = await startPrefect();
//     inst = await installOnPrefect(prefect, { 'ints/sample/deployments.ts': `import { deployFactory, flow } from '@tributary/flow'; …` });
//     await inst.deploy('sample');
//     await inst.startWorker('one');            // flags as the command's: ['--limit', '2']; stop it by the Running it returns
//   });
//   afterAll(async () => { await inst?.close(); await prefect?.stop(); });
//   const run = await inst.ended(await inst.trigger('my-flow/my-deployment', { day: 1 }), 60);
//
// All workspaces on one server share the pool `tributary` unless a worker has `--pool`: one after another, or a pool each.
import { type Installation, installOn } from '../installation.ts';
import type { Prefect } from './server.ts';

export type { Installation } from '../installation.ts';

/** @param files texts by path, such as `ints/sample/deployments.ts` */
export function installOnPrefect(prefect: Pick<Prefect, 'environment'>, files: Readonly<Record<string, string>>): Promise<Installation> {
  return installOn(prefect.environment, files);
}
