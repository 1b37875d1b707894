import { setImmediate } from 'node:timers/promises';

import type { DeploymentChanges } from '@tributary/contract/routes/apply';

import { checkSchedule } from '../../schedule/check-schedule.ts';
import { malformed } from '../refusal.ts';

/** Seconds after which other requests are answered: some rules take long to check. */
const slice = 0.01;
/** The most seconds for all schedules of a request. A cron takes less than a millisecond, a rule that hardly ever fires may take hundreds. */
const mostSeconds = 10;
/** The most problems that one refusal lists. */
const maximumProblems = 100;

/**
 * Checks the schedules of all changes, which needs no database.
 * @param most seconds of the processor's time for all schedules together, so that a busy machine refuses no more than another
 * @throws Refusal 422 with the places of the wrong ones
 */
export async function checkChanges(changes: DeploymentChanges, most = mostSeconds): Promise<void> {
  const wrong: Parameters<typeof malformed>[0][number][] = [];
  let taken = 0;
  let inSlice = 0;
  for (const { loc, schedule, isSlugTaken } of schedulesOf(changes)) {
    if (wrong.length >= maximumProblems) break;
    if (inSlice > slice) {
      await setImmediate();
      inSlice = 0;
    }
    const began = processorSeconds();
    const msg = checkSchedule(schedule.schedule);
    const seconds = processorSeconds() - began;
    inSlice += seconds;
    taken += seconds;
    if (msg) wrong.push({ loc: [...loc, 'schedule'], msg, type: 'value_error' });
    if (isSlugTaken) wrong.push({ loc: [...loc, 'slug'], msg: `an earlier schedule has the slug "${schedule.slug}"`, type: 'value_error' });
    if (taken > most) {
      const tooLong = `the schedules up to this one take more than ${most} s to check: write simpler rules, or send fewer of them at once`;
      throw malformed([{ loc: [...loc, 'schedule'], msg: tooLong, type: 'value_error' }]);
    }
  }
  if (wrong.length > 0) throw malformed(wrong);
}

function processorSeconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6;
}

/** All schedules of the changes with their places. */
function* schedulesOf(changes: DeploymentChanges) {
  for (const [index, change] of changes.entries()) {
    if (change.change !== 'put') continue;
    const slugs = new Set<string>();
    for (const [at, schedule] of (change.deployment.schedules ?? []).entries()) {
      const isSlugTaken = Boolean(schedule.slug && slugs.has(schedule.slug));
      if (schedule.slug) slugs.add(schedule.slug);
      yield { loc: ['body', 'changes', index, 'deployment', 'schedules', at], schedule, isSlugTaken };
    }
  }
}
