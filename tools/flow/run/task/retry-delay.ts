import type { TaskDefinition } from './task-definition.ts';

/**
 * Seconds to wait before a retry.
 * @param retry 0 before the first
 * @param random between 0 and 1
 */
export function retryDelay(
  { retryDelays, retryJitter }: Pick<TaskDefinition, 'retryDelays' | 'retryJitter'>,
  retry: number,
  random: number,
): number {
  const delay = retryDelays[Math.min(retry, retryDelays.length - 1)] ?? 0;
  return delay * (1 + random * retryJitter);
}
