import { TributaryError } from '@tributary/contract/error';
import { expect, it } from 'vitest';
import { z } from 'zod';

import { record } from '../../run/test-support/recording-run.ts';
import { flow } from '../flow.ts';
import { run } from '../run.ts';

const parameters = z.object({ day: z.string(), page: z.object({ size: z.int() }).default({ size: 30 }) });
const nameOf = (): string => run().flowRunName;

it('runName names runs and child runs by their parameters, defaults filled in, before their code runs', async () => {
  const named: [string, string][] = [];
  const recording = record({ rename: async (id, name) => void named.push([id, name]) });
  const child = flow({ name: 'child', parameters, runName: ({ day, page }) => `${day} of ${page.size}` }, nameOf);
  const parent = flow({ name: 'parent', parameters, runName: 'load {day} {page}' }, async ({ day }) => [nameOf(), await child({ day })]);
  const outcome = await recording.start(parent, { day: 'monday' });
  expect(outcome).toMatchObject({ completed: true, value: ['load monday {"size":30}', 'monday of 30'] });
  expect(named.map(([, name]) => name)).toEqual(['load monday {"size":30}', 'monday of 30']);
  expect(new Set(named.map(([id]) => id)).size).toBe(2);
  expect(await parent({ day: 'sunday' })).toEqual(['load sunday {"size":30}', 'sunday of 30']);
});

it('a template that names an unknown parameter is refused when the flow is defined', () => {
  const wrong = (runName: string) => () => flow({ name: 'f', parameters, runName }, () => 1);
  expect(wrong('load {dya}')).toThrow(
    'The runName of flow "f" is "load {dya}", but the flow has no parameter "dya". The flow takes day, page.',
  );
  expect(wrong('load {day')).toThrow(TributaryError);
  expect(() => flow({ name: 'f', runName: 'load {day}' }, () => 1)).toThrow('The flow takes no parameters.');
});

it('a runName function that throws fails the run; an empty name leaves the generated one', async () => {
  const broken = flow({ name: 'f', runName: () => String(JSON.parse('{')) }, () => 1);
  expect(await record().start(broken)).toMatchObject({
    completed: false,
    state: { type: 'FAILED', message: expect.stringMatching(/^The runName of flow "f" failed: SyntaxError/) },
  });
  expect(await record().start(flow({ name: 'f', runName: () => ' ' }, nameOf))).toMatchObject({ value: expect.stringMatching(/^f-/) });
});
