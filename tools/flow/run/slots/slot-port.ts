import type { LeaseWatch } from '@tributary/contract/client/hold-lease';
import type { LeaseId } from '@tributary/contract/id';
import type { leaseHolder } from '@tributary/contract/nouns/concurrency';
import type { z } from 'zod';

/** The engine's part of `concurrency`, `rateLimit` and tags with limits. */
export interface SlotPort {
  /** Requests slots once. @throws `invalid_request` if a limit has fewer slots than requested */
  take(request: SlotRequest): Promise<SlotAnswer>;
  /** Renews a lease until it is released. @returns a function that releases the lease; it may be called more than once */
  hold(lease: LeaseId, on: LeaseWatch): () => Promise<void>;
}

export interface SlotRequest {
  readonly names: readonly string[];
  readonly slots: number;
  /** `rate_limit` has no lease: its slots become free over time */
  readonly mode: 'concurrency' | 'rate_limit';
  readonly holder: z.input<typeof leaseHolder>;
  /** for how many seconds the slots stay taken after the process has died; at least 60 */
  readonly leaseSeconds: number;
}

export type SlotAnswer =
  /** `known` has the names of existing limits; other names limit nothing. `lease` is null if none was granted. */
  | { readonly granted: true; readonly lease: LeaseId | null; readonly known: readonly string[] }
  /** `retryAfter` is in seconds. */
  | { readonly granted: false; readonly retryAfter: number };
