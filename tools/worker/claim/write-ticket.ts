import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { StateId } from '@tributary/contract/id';
import type { Timestamp } from '@tributary/contract/moment';
import type { Ticket, TicketVersion } from '@tributary/contract/ticket';

import type { CodeLocation } from '../pull/locate.ts';
import type { Settings } from '../settings.ts';
import type { Claim } from './claim-proposal.ts';

/**
 * Writes everything that a host needs, so that the host never reads the deployment.
 * @param facts.version the version that the host takes. A host of version 2 doesn't learn the commit of its code
 */
export function writeTicket(
  settings: Pick<Settings, 'api' | 'dataDir'>,
  facts: {
    readonly version: TicketVersion;
    readonly run: FlowRun;
    readonly deployment: Deployment;
    readonly claim: Claim;
    readonly claimedStateId: StateId;
    readonly code: CodeLocation;
    readonly env: Readonly<Record<string, string>>;
    readonly now: Timestamp;
  },
): Ticket {
  const { run, deployment, claim, code } = facts;
  const common = {
    flowRunId: run.id,
    flowRunName: run.name,
    flowId: run.flow_id,
    deployment: { id: deployment.id, name: deployment.name },
    scheduledStartTime: run.expected_start_time ?? run.next_scheduled_start_time ?? facts.now,
    tags: run.tags,
    claimedStateId: facts.claimedStateId,
    claim: claim.token,
    attempt: attemptOf(run),
    concurrencyLease: claim.state.state_details.deployment_concurrency_lease_id ?? null,
    api: settings.api,
    root: code.root,
    entrypoint: code.entrypoint,
    cwd: code.cwd,
    dataDir: settings.dataDir,
    env: { ...facts.env },
    parameters: run.parameters,
  };
  return facts.version === 2 ? { version: 2, ...common } : { version: facts.version, ...common, code: code.pulled };
}

/** The run_count that the run will have. The server doesn't increase it when a suspended run is resumed. */
export function attemptOf({ run_count, empirical_policy }: Pick<FlowRun, 'run_count' | 'empirical_policy'>): number {
  return empirical_policy?.resuming ? Math.max(1, run_count) : run_count + 1;
}
