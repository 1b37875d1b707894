import type { ProjectConfiguration, TargetConfiguration, Task } from '@nx/devkit';
import { describe, expect, it } from 'vitest';

import { assignIntegrations, assignWorkspace } from './assign-integrations.ts';
import { parseNxCommand } from './nx-command.ts';
import { findProblem, optionsOf } from './target-options.ts';

type Target = Pick<TargetConfiguration, 'options' | 'configurations' | 'defaultConfiguration'>;

/** The projects of a workspace. @param targets the deploy target of each project by its name */
function projectsWith(targets: Readonly<Record<string, Target>> = {}): Record<string, ProjectConfiguration> {
  const project = (name: string, root: string): [string, ProjectConfiguration] => [
    name,
    { name, root, targets: { deploy: { executor: '@tributary/nx-plugin:deploy', ...targets[name] } } },
  ];
  const other: ProjectConfiguration = { root: 'tools/other', targets: { deploy: { executor: 'other:deploy' } } };
  return { ...Object.fromEntries([project('tributary', '.'), project('ints-b', 'ints/b'), project('ints-a', 'ints/a')]), other };
}

function task(project: string, overrides: Readonly<Record<string, unknown>> = {}): Task {
  return { id: `${project}:deploy`, target: { project, target: 'deploy' }, overrides, outputs: [], cache: false, parallelism: true };
}

describe('each integration has one task', () => {
  const assign = (names: readonly string[], excluded?: readonly string[]): string[] =>
    assignIntegrations(
      names.map((name) => task(name)),
      projectsWith(),
      excluded,
    ).map((one) => `${one.project.root} by ${one.task.id}`);

  it.each([
    [['tributary'], ['ints/a by tributary:deploy', 'ints/b by tributary:deploy']],
    [['ints-a'], ['ints/a by ints-a:deploy']],
    [
      ['ints-b', 'tributary', 'ints-a'],
      ['ints/a by ints-a:deploy', 'ints/b by ints-b:deploy'],
    ],
    [
      ['ints-a', 'tributary'],
      ['ints/a by ints-a:deploy', 'ints/b by tributary:deploy'],
    ],
    [[], []],
  ])('of %j', (names, expected) => {
    expect(assign(names)).toEqual(expected);
  });

  it('and an excluded one has none', () => {
    expect(assign(['ints-a', 'tributary'], ['ints-b'])).toEqual(['ints/a by ints-a:deploy']);
  });
});

describe('removed integrations belong to the task of the root project', () => {
  it.each<[string[], string[], string | undefined]>([
    [['ints-a', 'tributary', 'ints-b'], [], 'tributary:deploy'],
    [['tributary'], [], 'tributary:deploy'],
    [['tributary'], ['other'], 'tributary:deploy'],
    [['tributary'], ['ints-b'], undefined],
    [['ints-a', 'ints-b'], [], undefined],
  ])('of the run of %j without %j', (names, excluded, expected) => {
    const tasks = names.map((name) => task(name));
    expect(assignWorkspace(tasks, projectsWith(), excluded)?.task.id).toBe(expected);
  });
});

describe('options', () => {
  const layers = projectsWith({
    tributary: { options: { url: 'root' }, configurations: { production: { url: 'root production', engine: 'prefect' } } },
    'ints-a': { options: { url: 'own' }, configurations: { test: { url: 'own test' } } },
  });

  it.each([
    ['ints-b', undefined, {}, { url: 'root' }],
    ['ints-b', 'production', {}, { url: 'root production', engine: 'prefect' }],
    ['ints-a', undefined, {}, { url: 'own' }],
    ['ints-a', 'production', {}, { url: 'own', engine: 'prefect' }],
    ['ints-a', 'test', {}, { url: 'own test' }],
    [
      'ints-b',
      undefined,
      { 'take-over': 'acme/old', 'allow-deletes': 20, allowOlder: true, reset: ['paused', 'tags.urgent'] },
      { url: 'root', takeOver: ['acme/old'], allowDeletes: 20, allowOlder: true, reset: ['paused', 'tags.urgent'] },
    ],
    ['ints-a', 'test', { url: 'typed', why: 'true', __overrides_unparsed__: ['--url=typed'] }, { url: 'typed', why: true }],
  ])('of %s with the configuration %s and %j', (name, configuration, overrides, expected) => {
    const assignments = assignIntegrations([task(name, overrides)], layers);
    expect(findProblem(assignments, configuration)).toBeUndefined();
    expect(assignments.map((one) => optionsOf(one, configuration))).toEqual([expected]);
  });
});

describe('a sentence says what is wrong', () => {
  const production = { configurations: { production: { url: 'x' } } };

  it.each<[string, string | undefined, Record<string, unknown>, Record<string, Target>]>([
    [
      'Unknown configuration "prodcution" of ints-a:deploy and 1 more. Did you mean "production"?',
      'prodcution',
      {},
      { tributary: production },
    ],
    [
      'Unknown configuration "production" of ints-b:deploy. Configurations for all integrations are defined in the package.json of the root',
      'production',
      {},
      { 'ints-a': production },
    ],
    ['Unknown configuration "" of ints-a:deploy and 1 more. Configurations for all', '', {}, {}],
    ['Unknown configuration "prod" of ints-b:deploy.', undefined, {}, { 'ints-b': { defaultConfiguration: 'prod' } }],
    ['Unknown option --engin. Did you mean --engine?', undefined, { engin: 'prefect' }, {}],
    ['Unknown option --project. Did you mean --projects?', undefined, { project: 'ints-a' }, {}],
    ['Unexpected argument "ints-a". Name an integration by its project', undefined, { _: ['ints-a'] }, {}],
    ['Unknown option "ulr" in the targets of project ints-a. Did you mean "url"?', undefined, {}, { 'ints-a': { options: { ulr: 'x' } } }],
    ['Option --engine needs prefect or embedded, not "prefct". Did you mean "prefect"?', undefined, { engine: 'prefct' }, {}],
    ['Unknown option --take-ovr. Did you mean --take-over?', undefined, { 'take-ovr': 'acme/old' }, {}],
    [
      'Option --take-over needs the id of a workspace such as acme/data, or a list of them, not true.',
      undefined,
      { 'take-over': true },
      {},
    ],
    ['Option --allow-deletes needs a whole number of at least 1, not "many".', undefined, { 'allow-deletes': 'many' }, {}],
    ['Option --storage needs git or folder, not "gti". Did you mean "git"?', undefined, { storage: 'gti' }, {}],
    ['Option --reset: Unknown field "pausd" to reset. Did you mean "paused"?', undefined, { reset: 'pausd' }, {}],
    ['Option "reset" in the targets of project ints-a needs a field', undefined, {}, { 'ints-a': { options: { reset: 3 } } }],
    ['Option --why needs true or false, not "yes".', undefined, { why: 'yes' }, {}],
    ['Option --url needs one URL such as http://127.0.0.1:4200/api.', undefined, { url: ['http://u:secret@a', 'b'] }, {}],
  ])('%s', (sentence, configuration, overrides, targets) => {
    const assignments = assignIntegrations([task('tributary', overrides)], projectsWith(targets));
    expect(findProblem(assignments, configuration)).toContain(sentence);
  });
});

describe('the command line of Nx', () => {
  it.each<[string, string | undefined, string[]]>([
    ['run ints-dbt:deploy', undefined, []],
    ['run ints-dbt:deploy:production', 'production', []],
    ['deploy ints-dbt -c production --url http://127.0.0.1:1/api', 'production', []],
    ['deploy ints-dbt -c=production', 'production', []],
    ['run ints-dbt:deploy:test --configuration=production', 'production', []],
    ['run ints-dbt:deploy --prod', 'production', []],
    ['deploy ints-dbt --configuration', '', []],
    ['run-many -t deploy --exclude=ints-a,ints-b --exclude tag:old -- --configuration=x', undefined, ['ints-a', 'ints-b', 'tag:old']],
  ])('%s', (line, configuration, excluded) => {
    expect(parseNxCommand(line.split(' '))).toEqual({ configuration, excluded });
  });
});
