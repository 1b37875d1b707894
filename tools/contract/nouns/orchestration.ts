import { z } from 'zod';

import { state } from './state.ts';

/**
 * The server's answer to a proposed state.
 * ACCEPT: adopt the state. REJECT: adopt it too, it is not an error (FAILED answered with SCHEDULED/AwaitingRetry is the retry path).
 * WAIT: sleep `delay_seconds`, propose again with a new transition_id. ABORT: stop, propose nothing more.
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
export type OrchestrationResult = z.output<typeof orchestrationResult>;
