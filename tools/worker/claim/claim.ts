import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { headers } from '@tributary/contract/routes/route';

import { claimMessage } from '../report/holder.ts';
import { can, type Settings } from '../settings.ts';
import { claimAsSeen } from './claim-as-seen.ts';
import { claimOnce } from './claim-once.ts';
import type { ClaimResult } from './claim-proposal.ts';

/** Claims a run in the state in which the server offered it. */
export async function claim(settings: Settings, run: FlowRun, signal: AbortSignal): Promise<ClaimResult> {
  const offered = run.state_id ?? run.state?.id;
  const given = {
    [headers.worker]: settings.name,
    [headers.boot]: settings.boot,
    ...(offered ? { [headers.offered]: offered } : {}),
  };
  const state = { type: 'PENDING', ...claimMessage(settings) } as const;
  return can(settings, 'claim')
    ? claimOnce(settings, { run, state, headers: given, offered, signal })
    : claimAsSeen(settings, { run, state, headers: given, signal });
}
