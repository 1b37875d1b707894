import { readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { runCommand } from '../../tools/dbt/command.ts';
import { createCommits } from '../../tools/dbt/test-support/commits.ts';
import { createFetchedProject } from '../../tools/dbt/test-support/fetched-project.ts';
import { repository } from '../support/workspace.ts';

it('the commits of a dbt project, each in a folder of its own, share a parse, and each loads its own seeds', async ({ onTestFinished }) => {
  const { checkOut, surroundings, runs, lines } = createCommits(onTestFinished, {
    'seeds/fruits.csv': 'name\napple\n',
    'seeds/same.csv': 'name\nplum\n',
    'models/good.sql': "select * from {{ ref('fruits') }}",
    'models/one.sql': 'select 1 as n',
  });
  const first = checkOut('1');
  const options = { executable: join(repository, '.venv', 'bin', 'dbt') };
  await runCommand('build', {}, { ...options, projectDir: first }, surroundings);
  rmSync(first, { recursive: true });
  const second = checkOut('2', {
    'seeds/fruits.csv': 'name\napple\npear\n',
    'models/good.sql': "select *, 2 as v from {{ ref('fruits') }}",
  });
  const { nodes, logPath } = await runCommand('build', {}, { ...options, projectDir: second }, surroundings);
  expect(nodes).toHaveLength(4);
  expect(nodes.map(({ status }) => status)).toEqual(nodes.map(() => 'success'));
  expect(readFileSync(join(logPath, 'dbt.log'), 'utf8')).toContain(
    'Partial parsing enabled: 0 files deleted, 0 files added, 2 files changed',
  );
  expect(readdirSync(join(runs, 'parsed'))).toHaveLength(1);
  const { output } = await runCommand(
    'show',
    { extra: ['--inline', "select count(*) as fruits, max(v) as v from {{ ref('good') }}", '--output', 'json'] },
    { ...options, projectDir: second },
    surroundings,
  );
  expect(output.join('\n')).toMatch(/"fruits": 2.*"v": 2/s);
  expect(lines.join('\n')).not.toContain('Traceback');
}, 180_000);

it('real dbt runs with packages in fetched code, which stays as it is, and finds all that is beside the project', async ({
  onTestFinished,
}) => {
  const { folder, surroundings, list, left } = createFetchedProject(onTestFinished, {
    'ints/shop/packages.yml': 'packages: [{local: ../lib}]\n',
    'ints/shop/models/deep/good.sql': "select * from read_csv('../data/fruits.csv') union all select {{ lib.fruit() }}",
    'ints/shop/seeds/nuts.csv': 'name\nhazel\n',
    'ints/lib/dbt_project.yml': 'name: lib\n',
    'ints/lib/macros/fruit.sql': "{% macro fruit() %}'plum'{% endmacro %}",
    'ints/data/fruits.csv': 'name\napple\npear\n',
    'ints/shop/tests/all.sql': "select 1 where (select count(*) from {{ ref('good') }}) <> 3",
  });
  symlinkSync(join(repository, '.venv'), join(folder, '.venv'));
  const before = list();
  for (const run of [1, 2]) {
    const { nodes, logPath } = await runCommand('build', {}, { projectDir: '.' }, surroundings);
    expect(nodes.map(({ name, status }) => `${name} ${status}`).toSorted()).toEqual(['all success', 'good success', 'nuts success']);
    const parsed = 'Partial parsing enabled: 0 files deleted, 0 files added, 0 files changed';
    expect(readFileSync(join(logPath, 'dbt.log'), 'utf8').includes(parsed)).toBe(run === 2);
  }
  expect([list(), left()]).toEqual([before, []]);
}, 180_000);
