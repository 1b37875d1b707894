import { z } from 'zod';

import { answerNouns } from './registries.ts';
import { state } from './state.ts';

/**
 * The server's answer to a proposed state.
 * ACCEPT: the run is in the proposed state.
 * REJECT: the run is in the state of the answer instead. That isn't an error: for example, a server that retries a run rejects FAILED, and
 * answers with SCHEDULED/AwaitingRetry.
 * WAIT: propose again with a new transition_id after `delay_seconds`.
 * ABORT: stop, and propose nothing more.
 */
export const orchestrationStatus = z.enum(['ACCEPT', 'REJECT', 'WAIT', 'ABORT']);
export type OrchestrationStatus = z.output<typeof orchestrationStatus>;

export const orchestrationResult = z.object({
  state: state.nullable(),
  status: orchestrationStatus,
  details: z.object({
    type: z.string(),
    reason: z.string().nullish(),
    delay_seconds: z.number().nullish(),
  }),
});
answerNouns.add(orchestrationResult, { id: 'OrchestrationResult' });
export type OrchestrationResult = z.output<typeof orchestrationResult>;
