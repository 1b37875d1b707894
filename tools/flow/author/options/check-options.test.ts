import { expect, it } from 'vitest';

import { deployFactory } from '../deployment/deploy-factory.ts';
import { flow } from '../flow.ts';
import { task } from '../task.ts';

const nightly = flow({ name: 'export' }, () => null);

/** What the compiler does not see. */
const further = (option: string): object => ({ [option]: 1 });

it.each<[build: () => unknown, sentence: string]>([
  [
    () => deployFactory({ name: 'd', flow: nightly, ...further('corn') }),
    'Deployment export/d has an option "corn", which there is not. Did you mean "cron"?',
  ],
  [
    () => deployFactory({ name: 'd', flow: nightly, schedules: [{ cron: '0 9 * * *', ...further('timeZone') }] }),
    'A schedule of deployment export/d has an option "timeZone", which there is not. Did you mean "timezone"?',
  ],
  [
    () => deployFactory({ name: 'd', flow: nightly, concurrencyLimit: { limit: 1, ...further('collision') } }),
    'The concurrencyLimit of deployment export/d has an option "collision", which there is not. Did you mean "collisionStrategy"?',
  ],
  [
    () => flow({ name: 'f', ...further('retry') }, () => null),
    'Flow "f" has an option "retry", which there is not. Did you mean "retries"?',
  ],
  [
    () => task({ name: 't', ...further('timeOut') }, () => null),
    'Task "t" has an option "timeOut", which there is not. Did you mean "timeout"?',
  ],
  [
    () => task({ name: 't' }, () => null).with({ retries: 1, ...further('cacheKey') }),
    'Task "t" has an option "cacheKey", which there is not. Did you mean "cache"?',
  ],
])('an option that there is not is refused at once', (build, sentence) => {
  expect(build).toThrow(sentence);
});
