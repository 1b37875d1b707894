import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { showWatch } from '../watch/show-watch.ts';
import { findFlowRun } from './find.ts';

export async function watch(call: Call, wanted: string, { children }: { readonly children: boolean }): Promise<number> {
  const { client, engine } = await openEngine(call, 'read');
  const flowRun = await findFlowRun(client, wanted);
  return showWatch(call, { client, engine }, { flowRun, children, created: false });
}
