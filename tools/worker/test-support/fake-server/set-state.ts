import { labelNames } from '@tributary/contract/nouns/label';
import type { OrchestrationResult } from '@tributary/contract/nouns/orchestration';
import { isTerminal, type State, type StateProposal } from '@tributary/contract/nouns/state';
import { stateChange } from '@tributary/contract/routes/flow-runs';
import { headers as names } from '@tributary/contract/routes/route';

import type { FakeStore, Row } from './fake-store.ts';
import type { Reply, Request } from './request.ts';

/** Decides a proposed state. Has only those of the server's rules that a worker needs: fencing, offers, repeated transitions. */
export function setState(store: FakeStore, row: Row, { body, headers }: Request): Reply {
  const { state: proposal, force } = stateChange.parse(body);
  const from = row.run.state;
  const refuse = (status: OrchestrationResult['status'], extra: Record<string, string> = {}): Reply => ({
    status: 200,
    body: { state: from, status, details: { type: `${status.toLowerCase()}_details` } },
    headers: extra,
  });
  const transition = proposal.state_details?.transition_id;
  if (transition && from?.state_details.transition_id === transition) return refuse('REJECT', claimHeader(row));
  const token = headers[names.claim];
  if (token !== undefined && token !== row.claim) return refuse('ABORT');
  const offered = headers[names.offered];
  const hasClaims = store.features.includes('claim');
  if (hasClaims && proposal.type === 'PENDING' && offered !== undefined && offered !== from?.id) return refuse('ABORT');
  if (!force && from && !mayFollow(from, proposal, { hasClaims })) return refuse('ABORT');
  const isClaim = proposal.type === 'PENDING' && from?.type === 'SCHEDULED' && hasClaims;
  if (isClaim) {
    row.claim = crypto.randomUUID();
    const holder = { [labelNames.worker]: String(headers[names.worker]), [labelNames.boot]: String(headers[names.boot]) };
    row.run = { ...row.run, labels: { ...row.run.labels, ...holder } };
  }
  const state = store.write(row.run.id, proposal);
  const accepted = { state, status: 'ACCEPT', details: { type: 'accept_details' } };
  return { status: 201, body: accepted, headers: isClaim ? claimHeader(row) : {} };
}

function claimHeader({ claim }: Row): Record<string, string> {
  return claim === null ? {} : { [names.claim]: claim };
}

/** As Prefect's server does, a fake server without claims accepts PENDING even for a run that has ended. */
function mayFollow(from: State, to: StateProposal, { hasClaims }: { readonly hasClaims: boolean }): boolean {
  if (isTerminal(from.type)) return !hasClaims && to.type === 'PENDING';
  if (from.type === 'CANCELLING') return to.type === 'CANCELLED';
  if (to.type !== 'PENDING') return true;
  const isRenamed = to.name != null && to.name !== 'Pending' && to.name !== from.name;
  return from.type === 'SCHEDULED' || (from.type === 'PENDING' && isRenamed);
}
