import { expect, it } from 'vitest';

import { askedOf, deployCommand } from './deploy-command.ts';
import { defaultPolicy } from './policy.ts';

const loaded = ['dbt', 'shop'].map((name) => ({ project: { name: `ints-${name}`, root: `ints/${name}` } }));

it('the command that a finding names deploys what was planned, as it was planned, on the same engine', () => {
  const policy = { ...defaultPolicy, takeOver: ['acme/old'], allowOlder: true, reset: ['tags.to do'], storage: 'folder' as const };
  const asked = askedOf(loaded, policy, { engine: 'prefect', url: 'http://127.0.0.1:4200/api' });
  expect(deployCommand(asked, { allowDeletes: 12 })).toBe(
    "npx tributary deploy dbt shop --take-over acme/old --allow-deletes 12 --allow-older --reset 'tags.to do' --storage folder --engine prefect --url http://127.0.0.1:4200/api",
  );
});

it('a plan of the whole workspace names no integration', () => {
  expect(deployCommand(askedOf(loaded, { ...defaultPolicy, everything: true }), { takeOver: ['acme/old'] })).toBe(
    'npx tributary deploy --take-over acme/old',
  );
});
