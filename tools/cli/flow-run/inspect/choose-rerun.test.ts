import type { FlowRunId } from '@tributary/contract/id';
import { expect, it } from 'vitest';

import { chooseRerun, type RerunFacts, type RerunQuestion } from './choose-rerun.ts';

const id = (name: string) => name as FlowRunId;
const child: RerunFacts = {
  id: id('CHILD'),
  label: 'dbt/child',
  state_type: 'FAILED',
  state_name: 'Failed',
  deployment: { name: 'dbt/build', changed: null },
  pool: 'exists',
  parameters: {},
  bond: null,
};
const parent: RerunFacts = {
  ...child,
  id: id('PARENT'),
  label: 'load/parent',
  deployment: { name: 'load/orders', changed: null },
  bond: 'failed by child',
};
const top: RerunFacts = { ...parent, id: id('TOP'), label: 'shop/top' };
const inProcess: RerunFacts = { ...child, deployment: 'none' };
const completed: RerunFacts = { ...parent, state_type: 'COMPLETED', state_name: 'Completed', bond: null };
const changed = { name: 'dbt/build', changed: '2026-11-27 12:00:00' };

const retry = (name: string) => `npx tributary flow-run retry ${name}`;
const refused = 'The parameters of flow "dbt" are not valid: day: Invalid ISO date.';

it.each<[what: string, runs: RerunQuestion['runs'], question: Partial<RerunQuestion>, command: string | null, said: RegExp]>([
  [
    'its parent failed because of it',
    [child, parent],
    {},
    retry('PARENT'),
    /load\/parent failed because of dbt\/child\..*keeps completed child runs/,
  ],
  ['parents up to the outermost failed because of it', [child, parent, top], {}, retry('TOP'), /shop\/top failed because of dbt\/child/],
  [
    'it was cancelled when its parent failed',
    [
      { ...child, state_type: 'CANCELLED', state_name: 'Cancelled' },
      { ...parent, bond: 'cancelled child' },
    ],
    {},
    retry('PARENT'),
    /^dbt\/child was cancelled with load\/parent, whose next attempt keeps completed child runs, and continues the others\.$/,
  ],
  ['it failed alone', [child], {}, retry('CHILD'), /The next attempt of dbt\/child runs its tasks again, and keeps completed child runs/],
  ['its parent left it', [child, completed], {}, retry('CHILD'), /Its parent load\/parent is Completed, and didn't fail because of it/],
  ['its parent failed for another reason', [child, { ...parent, bond: null }, top], {}, retry('CHILD'), /is Failed, and didn't fail/],
  [
    'its parent is retried by itself',
    [child, { ...completed, state_type: 'SCHEDULED', state_name: 'AwaitingRetry' }],
    {},
    null,
    /retried by itself/,
  ],
  [
    'its parent still runs',
    [child, { ...completed, state_type: 'RUNNING', state_name: 'Running' }],
    {},
    retry('CHILD'),
    /Its parent load\/parent is Running, and may react to the failure itself/,
  ],
  [
    'it ran in the process of its parent',
    [inProcess, completed],
    {},
    retry('PARENT'),
    /dbt\/child ran in the process of load\/parent, whose next attempt runs it again/,
  ],
  ['it is a script', [inProcess], {}, null, /has no deployment.*Run its script again/],
  [
    'its deployment has changed',
    [{ ...child, deployment: changed }],
    {},
    retry('CHILD'),
    /Deployment dbt\/build was changed at .*: the new code will run/,
  ],
  [
    "its deployment has changed, and its parent's has not",
    [{ ...child, deployment: changed }, parent],
    {},
    retry('PARENT'),
    /new code will run/,
  ],
  ['its deployment is missing', [{ ...child, deployment: 'deleted' }], {}, null, /was deleted\. Deploy it again/],
  [
    "its parent's is the one to retry, and its own is missing",
    [{ ...child, deployment: 'deleted' }, parent],
    {},
    retry('PARENT'),
    /^The deployment of dbt\/child was deleted/,
  ],
  [
    'its pool is missing',
    [{ ...child, pool: 'deleted' }],
    {},
    retry('CHILD'),
    /^The work pool of dbt\/child was deleted, so no worker finds the run\. Deploy it again: /,
  ],
  [
    "its parent's is the one to retry, and its pool is missing",
    [{ ...child, pool: 'deleted' }, parent],
    {},
    retry('PARENT'),
    /^The work pool of dbt\/child/,
  ],
  [
    'its pool is missing on a Prefect server',
    [{ ...child, pool: 'lost' }],
    {},
    'npx tributary deployment run dbt/build',
    /^The work pool of dbt\/child was deleted/,
  ],
  [
    "its parent's is the one to retry, and its pool is missing on a Prefect server",
    [{ ...child, pool: 'lost' }, parent],
    {},
    retry('PARENT'),
    /^The work pool of dbt\/child.*\nThen delete flow run CHILD, so that its parent creates another one\.$/m,
  ],
  [
    'the deployment that it called is missing',
    [child],
    { message: 'There is no deployment "a/b". Did you mean "a/c"?' },
    retry('CHILD'),
    /^Deploy "a\/b" \(/,
  ],
  [
    'the server refused its child',
    [child],
    { isChildRefused: true },
    retry('CHILD'),
    /^Correct what was refused, in the flow of dbt\/child/,
  ],
  [
    "the server refused a run that isn't a child, so that no task run stands for it",
    [child],
    { message: 'The server refused a run of deployment a/b: day: must match format "date"' },
    retry('CHILD'),
    /^Correct what was refused, in the flow of dbt\/child/,
  ],
  [
    'its own parameters were refused',
    [{ ...child, parameters: { day: "it's" } }],
    { message: refused },
    String.raw`npx tributary deployment run dbt/build --params '{"day":"it'\''s"}'`,
    /^Correct the parameters in this command/,
  ],
  [
    'its parent gave it wrong parameters',
    [child, parent],
    { message: refused },
    retry('PARENT'),
    /^Correct the parameters for dbt\/child in the flow of load\/parent/,
  ],
  [
    'an error names a line of the flow',
    [child, parent],
    { mistake: { place: 'ints/dbt/flows/a.ts:12:9', of: 'flow', isFetched: false, checkouts: [] } },
    retry('PARENT'),
    /^If the mistake is in the code, correct it first: ints\/dbt\/flows\/a\.ts:12:9\.\n/,
  ],
  [
    'an error names a line of a flow that workers fetch',
    [child],
    { mistake: { place: 'flows/a.ts:12:9', of: 'flow', isFetched: true, checkouts: ['https://git.test/a at 1a2b'] } },
    retry('CHILD'),
    /correct it first: flows\/a\.ts:12:9\. Then push it, and deploy: npx tributary deploy\n/,
  ],
  [
    'an error names a dbt model, and the run had checked out a repository',
    [child],
    { mistake: { place: 'models/a.sql', of: 'dbt project', isFetched: false, checkouts: ['https://git.test/a at 1a2b (main)'] } },
    retry('CHILD'),
    /correct models\/a\.sql in the dbt project\. .*checked out first \(https:\/\/git\.test\/a at 1a2b \(main\)\): .* start a new run instead/,
  ],
])('%s: the command to rerun', (_, runs, question, command, said) => {
  const rerun = chooseRerun({ runs, message: 'boom', isChildRefused: false, mistake: null, ...question });
  expect(rerun.command).toBe(command);
  expect([...rerun.first, ...rerun.effect].join('\n')).toMatch(said);
});
