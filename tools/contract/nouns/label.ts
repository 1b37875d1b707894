import { z } from 'zod';

/** What is filtered and shown as text. An integer may be larger than a number holds. */
export const labels = z.record(z.string(), z.union([z.boolean(), z.number(), z.bigint(), z.string()]));
export type Labels = z.output<typeof labels>;

/** Labels that Tributary itself writes. */
export const labelNames = {
  /** the worker that claimed the run */
  worker: 'tributary.worker',
  /** which life of that worker */
  boot: 'tributary.boot',
  /** the Nx project that owns a deployment */
  project: 'tributary.project',
  /** the commit a deployment was applied from */
  commit: 'tributary.commit',
} as const;
