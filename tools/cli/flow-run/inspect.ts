import { readTree } from '@tributary/contract/client/read-tree';
import { fromMillis } from '@tributary/contract/moment';

import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { findFlowRun } from './find.ts';
import { describeRun } from './inspect/describe-run.ts';
import { drawTree } from './inspect/draw-tree.ts';
import { readFacts } from './inspect/read-facts.ts';
import { toJson } from './inspect/to-json.ts';

export interface InspectOptions {
  readonly tree?: boolean;
}

/** Shows a run with its parent, children and tasks; what failed in its tree, when and why; and what to rerun. */
export async function inspect(call: Call, wanted: string, { tree = false }: InspectOptions = {}): Promise<undefined> {
  const opened = await openEngine(call, 'read');
  const run = await findFlowRun(opened, wanted);
  const now = fromMillis(Date.now());
  const rows = await readTree(opened.client, run.id, opened.engine.features);
  const { paint, terminal, width } = call.out;
  if (tree) {
    call.out.result(rows, () => drawTree(rows, { now, width: terminal ? width : null, paint }));
    return;
  }
  const facts = await readFacts(opened, run, rows);
  call.out.result(call.json ? await toJson(opened.client, facts) : run, () => describeRun(facts, now, paint));
}
