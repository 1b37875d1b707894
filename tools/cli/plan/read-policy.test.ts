import { afterAll, expect, it } from 'vitest';

import { callCommand } from '../test-support/command.ts';
import { createWorkspace } from '../test-support/stage.ts';
import { readPolicy } from './read-policy.ts';

const workspace = createWorkspace();
afterAll(() => workspace.remove());

it('allows nothing by default, and concerns the whole workspace only without names', () => {
  const nothing = { takeOver: [], allowDeletes: 0, allowOlder: false, reset: [], storage: null, listOthers: false };
  expect(readPolicy([], {})).toEqual({ ...nothing, everything: true });
  expect(readPolicy(['dbt'], {})).toEqual({ ...nothing, everything: false });
});

it.each([
  [['plan', '--take-over', ' '], '--take-over takes the id of another workspace, such as acme/data.'],
  [['deploy', '--reset', ''], '--reset takes a field as the plan names it, such as paused or tags.urgent, or "all".'],
  [['deploy', '--reset', 'pausd'], 'Unknown field "pausd" to reset. Did you mean "paused"?'],
  [['deploy', '--reset', 'concurrency limit'], 'Did you mean "concurrency_limit"?'],
  [['plan', '--reset', 'entrypoint'], '"entrypoint" belongs to the code'],
  [['deploy', '--allow-deletes', '0'], 'Give a whole number of at least 1.'],
  [['deploy', '--allow-deletes', 'many'], 'Give a whole number of at least 1.'],
  [['plan', '--storage', 'github'], 'Allowed choices are folder, git.'],
  [['deploy', '--plan', 'plan.json', '--storage', 'git'], 'Give --storage when you plan, not with --plan'],
  [['deploy', '--all'], "unknown option '--all'"],
  [['plan', '--plan', 'plan.json'], "unknown option '--plan'"],
  [['deploy', '--plan', 'nowhere.json'], "nowhere.json can't be read"],
  [['deploy', '--plan', 'nx.json'], "nx.json isn't a plan of version"],
  [['deploy', '--plan', 'plan.json', 'dbt'], 'Give --plan or integrations, not both'],
  [['deploy', '--plan', 'plan.json', '--reset', 'all'], 'Give --reset when you plan, not with --plan'],
])('%j is misused', async (args, sentence) => {
  const { code, stdout, stderr } = await callCommand(args, { cwd: workspace.root }).ended;
  expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(sentence)]);
});
