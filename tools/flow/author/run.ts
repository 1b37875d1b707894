import { TributaryError } from '@tributary/contract/error';

import { currentContext } from '../run/context.ts';
import type { RunInfo } from '../run/run-info.ts';

/** The flow run that this is called in. @throws `misuse` outside a flow or task */
export function run(): RunInfo {
  const context = currentContext();
  if (context) return context.run;
  throw new TributaryError('misuse', 'run() was called outside a flow: call it in the function of a flow or a task, while that runs.');
}
