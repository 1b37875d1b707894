import { z } from 'zod';

/** How a worker gets a deployment's code. A step is an object with one key, the kind of step, as in Prefect's protocol. */
export const pullStep = z.union([
  /** uses the work tree at `root`, an absolute path on the worker's machine */
  z.strictObject({ 'tributary.local_folder': z.strictObject({ root: z.string() }) }),
]);
export type PullStep = z.output<typeof pullStep>;
