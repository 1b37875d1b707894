import { afterAll, beforeAll, expect, it } from 'vitest';

import { eventually } from '../support/eventually.ts';
import { type Journey, succeeded, travel } from './journey.ts';

const flows = `import { flow, logger, markdownArtifact, secret, task, variable } from '@tributary/flow';
import { z } from 'zod';

const use = task({ name: 'use' }, (value: string) => {
  logger.info('in a task: %s', value);
  throw new Error('refused with ' + value);
});
export const reading = flow({ name: 'reading', parameters: z.object({ names: z.array(z.string()) }) }, async ({ names }) => {
  const values = [];
  for (const name of names) {
    const value = await secret(name);
    logger.info('read %s', value);
    console.log({ value });
    process.stdout.write('printed ' + value + '\\n');
    values.push(value);
  }
  await use(values[0] ?? '').catch(() => undefined);
  throw new Error('not with ' + values.join(' and '));
});
export const counting = flow({ name: 'counting', parameters: z.object({ names: z.array(z.string()) }) }, async ({ names }) =>
  Promise.all(names.map((name) => secret(name).then((value) => [...value].length))),
);
const named = task({ name: 'named', runName: (value) => 'with ' + value }, async (_: string) => {});
const inner = flow({ name: 'inner', parameters: z.object({ value: z.string() }) }, () => 'ran');
export const showing = flow({ name: 'showing' }, async () => {
  const value = await secret('shown');
  await named(value);
  await inner({ value });
  await markdownArtifact({ key: 'shown', markdown: 'kept ' + value, description: 'of ' + value });
  return { value };
});
export const setting = flow({ name: 'setting' }, async () => ({
  text: await variable('text'),
  number: await variable('number', 1),
  flag: await variable('flag', false),
  object: await variable('object', z.object({ a: z.array(z.number().nullable()) })),
  python: await variable('from_python', z.object({ days: z.array(z.int()) })),
  missing: await variable('missing', 'default'),
}));
export const missing = flow({ name: 'missing', parameters: z.object({ what: z.enum(['secret', 'variable']) }) }, ({ what }) =>
  what === 'secret' ? secret('nowhere') : variable('nowhere'),
);
`;
const deployments = `import { deployFactory } from '@tributary/flow';
import { counting, missing, reading, setting, showing } from './flows/settings.ts';

export const one = deployFactory({ name: 'here', flow: reading });
export const two = deployFactory({ name: 'here', flow: setting });
export const three = deployFactory({ name: 'here', flow: missing });
export const four = deployFactory({ name: 'here', flow: counting });
export const five = deployFactory({ name: 'here', flow: showing });
`;

let on: Journey;
beforeAll(async () => {
  on = await travel({ 'ints/settings/flows/settings.ts': flows, 'ints/settings/deployments.ts': deployments });
  await on.deploy('settings');
  await on.startWorker('settings');
}, 180_000);
afterAll(() => on?.close());

it('a secret stored by our command or by Python is read by both sides, and masked wherever a run shows it', async () => {
  const ours = 'swordfish-of-ours';
  const theirs = 'trout-of-python';
  await succeeded(on.command(['secret', 'set', 'ours'], { input: ours }));
  const printed = await on.python(`
from prefect.blocks.system import Secret
Secret(value="${theirs}").save("theirs")
Secret(value={"user": "me", "password": "${theirs}"}).save("a-dict")
print(Secret.load("ours").get())`);
  expect(printed.trim()).toBe(ours);
  const listed = await succeeded(on.command(['secret', 'ls', '--json']));
  expect(listed.stdout).toContain('theirs');
  expect(listed.stdout).not.toMatch(/swordfish|trout/);

  const id = await on.trigger('reading/here', { names: ['ours', 'theirs', 'a-dict'] });
  const run = await on.ended(id);
  expect(run).toMatchObject({ state_type: 'FAILED', state: { message: 'not with ******** and ******** and ********' } });
  const said = await eventually(
    () => on.said(id),
    (lines) => lines.filter((line) => line.startsWith('printed')).length === 3,
  );
  expect(said.filter((line) => line === 'read ********')).toHaveLength(3);
  const [task] = await on.tasks(id, 1);
  expect(task?.state?.message).toBe('refused with ********');
  expect(JSON.stringify([run, said, task, await on.states(id)])).not.toMatch(/swordfish|trout/);

  await succeeded(on.command(['secret', 'set', 'theirs'], { input: 'changed' }));
  const counted = await on.ended(await on.trigger('counting/here', { names: ['ours', 'theirs'] }));
  expect(counted.state?.data).toEqual({ value: [ours.length, 'changed'.length] });
});

it('a secret is never stored in names, parameters of a child, artifacts or results', async () => {
  await succeeded(on.command(['secret', 'set', 'shown'], { input: 'perch-of-nobody' }));
  const id = await on.trigger('showing/here');
  const run = await on.ended(id);
  expect(run).toMatchObject({ state_type: 'COMPLETED', state: { data: null } });
  expect(await on.said(id)).toContain("The flow's result contains a secret, so the result isn't stored in the run's state.");
  expect((await on.tasks(id, 2)).map(({ name }) => name)).toContain('with ********');
  expect(await on.children(id)).toMatchObject([{ parameters: { parameters: '{"value":"********"}' } }]);
  const { data: kept } = await on.client.filterArtifacts({ body: { artifacts: { key: { any_: ['shown'] } } } });
  expect(kept).toMatchObject([{ data: 'kept ********', description: 'of ********' }]);
});

it('variables with any JSON are set and read by both sides', async () => {
  for (const [name, value] of [
    ['text', 'plain text'],
    ['number', '2.5'],
    ['flag', 'true'],
    ['object', '{"a":[1,null]}'],
  ] as const)
    await succeeded(on.command(['variable', 'set', name, value]));
  const printed = await on.python(`
import json
from prefect.variables import Variable
Variable.set("from_python", {"days": [1, 2]})
print(json.dumps([Variable.get(name) for name in ("text", "number", "flag", "object")]))`);
  expect(JSON.parse(printed)).toEqual(['plain text', 2.5, true, { a: [1, null] }]);
  const run = await on.ended(await on.trigger('setting/here'));
  expect(run.state).toMatchObject({
    type: 'COMPLETED',
    data: {
      value: { text: 'plain text', number: 2.5, flag: true, object: { a: [1, null] }, python: { days: [1, 2] }, missing: 'default' },
    },
  });
});

it('a missing secret or variable is named, with the command that stores it', async () => {
  const secret = await on.ended(await on.trigger('missing/here', { what: 'secret' }));
  expect(secret.state?.message).toBe('There is no secret "nowhere". Store it with: npx tributary secret set nowhere');
  const variable = await on.ended(await on.trigger('missing/here', { what: 'variable' }));
  expect(variable.state?.message).toContain('Store it with: npx tributary variable set nowhere');
});
