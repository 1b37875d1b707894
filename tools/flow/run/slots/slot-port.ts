import type { LeaseId } from '@tributary/contract/id';
import type { leaseHolder } from '@tributary/contract/nouns/concurrency';
import type { z } from 'zod';

/** What `concurrency`, `rateLimit` and tasks with limited tags ask. */
export interface SlotPort {
  /** Asks once. @throws `invalid_request` when the limits can never give so many */
  take(request: SlotRequest): Promise<SlotAnswer>;
  /** Keeps a lease from lapsing. @returns how to give it back, which may be called more than once */
  hold(lease: LeaseId, on: LeaseWatch): () => Promise<void>;
}

export interface SlotRequest {
  readonly names: readonly string[];
  readonly slots: number;
  /** `rate_limit`: slots come free by themselves, so that there is no lease */
  readonly mode: 'concurrency' | 'rate_limit';
  readonly holder: z.input<typeof leaseHolder>;
  /** how long they are kept from others after the process died; 60 at least */
  readonly leaseSeconds: number;
}

export type SlotAnswer =
  /** `known`: those of the names that are limits; the others limit nothing */
  | { readonly granted: true; readonly lease: LeaseId | null; readonly known: readonly string[] }
  /** seconds */
  | { readonly granted: false; readonly retryAfter: number };

/** What may happen to a lease that is held. */
export interface LeaseWatch {
  /** after which it lapses, unless renewed */
  readonly seconds: number;
  /** it has lapsed: others may have the slots now */
  lost(): void;
  /** it could not be renewed yet */
  late(reason: string): void;
}
