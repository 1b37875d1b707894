import { messageOf, TributaryError } from '@tributary/contract/error';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { AppliedDeployment } from '@tributary/contract/nouns/plan';

import type { PlannedDeployment } from '../plan/planned.ts';

/** What became of one deployment. */
export interface Done {
  /** what was really done: the live deployment may have changed since the plan */
  readonly planned: PlannedDeployment;
  readonly applied: AppliedDeployment;
  /** the deployment as the server stores it; null if it was deleted, or nothing was written */
  readonly stored: Deployment | null;
  /** why it wasn't applied */
  readonly error?: unknown;
}

export function applied(planned: PlannedDeployment, stored: Deployment | null): Done {
  return { planned, applied: { outcome: 'applied', reason: null }, stored };
}

export function unchanged(planned: PlannedDeployment): Done {
  return { planned, applied: { outcome: 'unchanged', reason: null }, stored: null };
}

export function failed(planned: PlannedDeployment, error: unknown): Done {
  return { planned, applied: { outcome: 'failed', reason: messageOf(error) }, stored: null, error };
}

/** A deployment that isn't sent, because of a finding. */
export function refused(planned: PlannedDeployment): Done {
  return { planned, applied: { outcome: 'refused', reason: 'nothing was sent, because an error must be solved first' }, stored: null };
}

/** Why the remaining deployments aren't sent after an error that would stop them too. */
export function notSent(error: TributaryError): TributaryError {
  return new TributaryError(error.code, `not sent, because ${error.message}`, { cause: error });
}
