import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { showWatch } from '../watch/show-watch.ts';
import { findFlowRun } from './find.ts';

export async function watch(call: Call, wanted: string, { children }: { readonly children: boolean }): Promise<number> {
  const opened = await openEngine(call, 'read');
  const { client, engine } = opened;
  const flowRun = await findFlowRun(opened, wanted);
  return showWatch(call, { client, engine }, { flowRun, children });
}
