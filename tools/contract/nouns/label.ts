import { z } from 'zod';

/** Labels by name. Filters compare their values as text. An integer may be larger than a JavaScript number can hold. */
export const labels = z.record(z.string(), z.union([z.boolean(), z.number(), z.bigint(), z.string()]));
export type Labels = z.output<typeof labels>;

/** Labels that Tributary itself writes. */
export const labelNames = {
  /** the worker that claimed the run */
  worker: 'tributary.worker',
  /** the process of that worker, by its boot id */
  boot: 'tributary.boot',
  /** the Nx project that owns a deployment */
  project: 'tributary.project',
  /** the commit that a deployment was applied from */
  commit: 'tributary.commit',
} as const;
