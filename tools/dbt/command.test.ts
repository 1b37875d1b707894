import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { isTributaryError, TributaryError } from '@tributary/contract/error';
import { secret } from '@tributary/flow';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import type { DbtResult } from './command.ts';
import { runCommand } from './command.ts';
import { createProject, createSurroundings, writeFiles } from './test-support/project.ts';
import { tryLock } from './queue/lock.ts';
import { readRunResults } from './read/run-results.ts';

/** The workspace's own dbt: a project in a temporary folder finds no dbt above it. */
const executable = join(import.meta.dirname, '..', '..', '.venv', 'bin', 'dbt');
const options = { projectDir: '.', executable };

const created: { remove(): void }[] = [];
function create(files: Readonly<Record<string, string>> = {}) {
  const project = createProject(files);
  created.push(project);
  return { ...project, ...createSurroundings(project) };
}
/** Creates a project whose dbt is a shell script, `bin/dbt`, because the real dbt takes seconds. */
function createWithStandIn(script: string) {
  const project = create({
    'lib/python3.11/site-packages/dbt_core-1.11.16.dist-info/METADATA': '',
    'bin/dbt': `#!/bin/sh\n${script}\n`,
  });
  chmodSync(join(project.root, 'bin', 'dbt'), 0o755);
  return project;
}
afterEach(() => vi.unstubAllEnvs());
afterAll(() => {
  for (const project of created) project.remove();
});

async function failure(running: Promise<DbtResult>): Promise<TributaryError> {
  const thrown: unknown = await running.then(
    () => new Error('the command did not fail'),
    (error: unknown) => error,
  );
  if (isTributaryError(thrown)) return thrown;
  throw thrown;
}

describe('a dbt command', () => {
  // All tests share one project, which dbt parses only once, and one database.
  let project: ReturnType<typeof createProject>;
  beforeAll(() => {
    project = createProject({
      'seeds/fruits.csv': 'name,colour\napple,red\npear,tops3cret\n',
      'models/good.sql': "select * from {{ ref('fruits') }}",
      'models/bad.sql': "select nonsense, 'tops3cret' as key from {{ ref('fruits') }}",
      'models/below.sql': "select * from {{ ref('bad') }}",
      'models/schema.yml':
        'models: [{name: good, columns: [{name: colour, data_tests: [unique, {accepted_values: {arguments: {values: [red]}}}]}]}]\n',
      'tests/priced.sql': `select name, 1.10::decimal(5,2) as price, 9007199254740993 as sku, null as note, 'a "%}" \\n \`b\`' as said
        from {{ ref('good') }} order by name -- all
`,
      'models/slow.sql': 'select count(*) as n from range(1000000) a, range(1000000) b where hash(a.range + b.range) % 7 = 3',
    });
    created.push(project);
  });

  it.concurrent('stops within seconds when the run is cancelled, and leaves the database usable for the next test', async () => {
    const { surroundings, tasks, lines, cancel } = createSurroundings(project);
    const running = failure(runCommand('run', { select: 'slow' }, options, surroundings));
    await vi.waitFor(() => expect(tasks()[0]?.states).toEqual(['RUNNING']), { timeout: 150_000, interval: 50 });
    const stopped = Date.now();
    cancel(new TributaryError('cancelled', 'a user cancelled the run'));
    expect(await running).toMatchObject({ code: 'cancelled', message: 'a user cancelled the run' });
    expect(Date.now() - stopped).toBeLessThan(15_000);
    expect(tasks()[0]?.states).toEqual(['RUNNING', 'CANCELLED dbt was stopped']);
    // The next run uses what this one has parsed.
    expect(readdirSync(join(project.root, 'state', 'dbt-runs', 'parsed'))).toHaveLength(1);
    expect(lines.join('\n')).not.toContain('Traceback');
  });

  it.concurrent("says what doesn't compile", async () => {
    const { surroundings } = create({ 'models/lost.sql': "select * from {{ ref('nowhere') }}" });
    const { message } = await failure(runCommand('parse', {}, options, surroundings));
    expect(message).toMatch(
      /^dbt parse failed \(exit code 2\)\n.*'model\.shop\.lost' \(models\/lost\.sql\) depends on a node named 'nowhere' which was not found/s,
    );
  });

  it('shows each node with rows, seconds and edges, and says what failed and was skipped, and keeps its SQL and failing rows', async () => {
    const { root } = project;
    const { surroundings, tasks, lines } = createSurroundings(project);
    // If dbt got these variables, it would write its artifacts to `stray`.
    vi.stubEnv('DBT_TARGET_PATH', join(root, 'stray'));
    vi.stubEnv('DBT_ENGINE_TARGET_PATH', join(root, 'stray'));
    vi.stubEnv('TRIBUTARY_SECRET_PG', 'tops3cret');
    await secret('pg');
    const running = runCommand('build', { select: 'fruits+' }, { ...options, failingRows: 1 }, surroundings);
    const { message, code, facts } = await failure(running);
    expect(code).toBe('dbt');
    expect(facts).toMatchObject({ exitCode: 1, skipped: ['model.shop.below'] });
    expect(message).toMatch(/^dbt build failed \(exit code 1\): 3 of 7 nodes failed\n/);
    expect(message).toMatch(/model bad failed: .*Referenced column "nonsense" not found.*\*' as key from/s);
    expect(message).toMatch(/test accepted_values_good_colour__red failed: Got 1 result, configured to fail if != 0\n/);
    expect(message).toContain(`\ncompiled SQL: npx tributary flow-run inspect ${surroundings.run.flowRunId}\n`);
    expect(message).toMatch(/skipped: below$/);
    expect(existsSync(join(root, 'stray'))).toBe(false);
    const { target } = /artifacts and logs in (?<target>\S+)/.exec(lines.join('\n'))?.groups ?? {};
    expect(readRunResults(`${target}/target`).results).toHaveLength(7);

    const seen = Object.fromEntries(tasks().map((task) => [task.name, task]));
    expect(seen['seed fruits']?.states).toEqual(['RUNNING', 'COMPLETED 2 rows']);
    expect(seen['model good']).toMatchObject({ after: ['seed fruits'], states: ['RUNNING', expect.stringMatching(/^COMPLETED/)] });
    expect(seen['test unique_good_colour']?.states.at(-1)).toBe('COMPLETED passed');
    expect(seen['model bad']?.states).toEqual(['RUNNING', expect.stringMatching(/^FAILED model bad failed/)]);
    expect(seen['model below']?.states).toEqual(['SKIPPED because bad failed']);
    expect(seen['model bad']?.artifacts).toEqual({
      'Compiled SQL of model.shop.bad': expect.stringMatching(
        /^```sql\nselect nonsense, '\*{8}' as key from "shop"\."main"\."fruits"\n```\n$/,
      ),
    });
    expect(seen['test priced']?.artifacts).toEqual({
      'Compiled SQL of test.shop.priced': expect.stringMatching(/^```sql\nselect name, 1\.10.* -- all\n```\n$/s),
      'Failing rows of test.shop.priced (the first 1)': [
        { name: 'apple', price: '1.10', sku: 9_007_199_254_740_993n, note: null, said: 'a "%}" \\n `b`' },
      ],
    });
    expect(Object.values(seen['test accepted_values_good_colour__red']?.artifacts ?? {}).at(-1)).toEqual([
      { value_field: '********', n_records: 1 },
    ]);
    // The log has none of the rows.
    expect(lines.join('\n')).not.toMatch(/Traceback|n_records|9007199254740993/);
    // Lines that repeat what a node's task run shows are at debug level.
    expect(lines.filter((line) => /\d of 7 /.test(line) && !line.startsWith('debug: '))).toEqual([]);
  });
});

it('reads no failing rows by SQL that holds a secret, and says which rows are missing', async () => {
  const { surroundings, tasks, lines, root } = createWithStandIn('cat "$1.jsonl"; if [ $1 = compile ]; then echo "$@" > given; fi; exit 1');
  vi.stubEnv('TRIBUTARY_SECRET_PG', 'tops3cret');
  await secret('pg');
  const line = (name: string, data: object) =>
    JSON.stringify({ info: { name, level: 'info', msg: '', ts: '2026-11-22T00:15:30.000000Z' }, data });
  const failed = ['open', 'closed', 'odd'].flatMap((name) => {
    const node_info = { unique_id: `test.shop.${name}`, node_name: name, resource_type: 'test' };
    return [
      line('NodeFinished', { node_info, run_result: { status: 'fail', num_failures: 2 } }),
      line('SQLCompiledPath', { node_info, path: join(root, `${name}.sql`) }),
    ];
  });
  writeFiles(root, {
    'open.sql': 'select 1',
    'closed.sql': "select 'tops3cret'",
    'odd.sql': 'select 2',
    'test.jsonl': failed.join('\n'),
    'compile.jsonl': [
      line('PrintEvent', { msg: '{"failing_rows_of": "test.shop.open", "rows": [{"n": 1}]}' }),
      line('MainEncounteredError', { exc: 'the connection was lost' }),
    ].join('\n'),
  });
  const running = runCommand('test', {}, { projectDir: '.', executable: 'bin/dbt', failingRows: 5 }, surroundings);
  expect((await failure(running)).message).toMatch(/3 of 3 nodes failed/);
  expect(readFileSync(join(root, 'given'), 'utf8')).toMatch(/^compile .*"test\.shop\.open".*"test\.shop\.odd"/s);
  expect(readFileSync(join(root, 'given'), 'utf8')).not.toContain('tops3cret');
  expect(tasks()[0]?.artifacts).toMatchObject({ 'Failing rows of test.shop.open': [{ n: 1 }] });
  expect(lines).toContain('warning: not all failing rows could be read: the connection was lost');
  expect(lines.join('\n')).toContain('info: the failing rows of 1 failed test are left out');
});

describe('before dbt starts', () => {
  it('refuses a number of failing rows that is not between 1 and 1000', async () => {
    const { message } = await failure(runCommand('test', {}, { ...options, failingRows: 0 }, create().surroundings));
    expect(message).toBe('The option "failingRows" of dbt() is 0: give a whole number from 1 to 1000, or leave it out.');
  });

  it('says what to do if dbt is missing', async () => {
    const { surroundings, root } = create();
    vi.stubEnv('PATH', root);
    const missing = await failure(runCommand('run', {}, { projectDir: '.' }, surroundings));
    expect(missing.message).toMatch(/dbt is not installed: .*npm run setup/);
    const wrong = await failure(runCommand('run', {}, { projectDir: '.', executable: 'bin/dbt' }, surroundings));
    expect(wrong.message).toContain(`There is no dbt at ${join(root, 'bin', 'dbt')}`);
  });

  it('says what to do about an unsupported version, whether it comes from the installed package or from dbt --version', async () => {
    const { surroundings, root } = create({
      '.venv/bin/dbt': '#!/bin/sh\n',
      '.venv/lib/python3.11/site-packages/dbt_core-1.5.2.dist-info/METADATA': '',
      'bin/dbt': '#!/bin/sh\necho dbt-fusion 2.0.0-preview.9\n',
      'bin/other': '#!/bin/sh\necho hello\n',
    });
    for (const path of ['.venv/bin/dbt', 'bin/dbt', 'bin/other']) chmodSync(join(root, path), 0o755);
    const old = await failure(runCommand('run', {}, { projectDir: '.' }, surroundings));
    expect(old.message).toMatch(/dbt-core 1\.5\.2 is not supported: Tributary needs 1\.8 or newer.*npm run setup/);
    const young = await failure(runCommand('run', {}, { projectDir: '.', executable: 'bin/dbt' }, surroundings));
    expect(young.message).toContain('2.0.0-preview.9 is not supported');
    const none = await failure(runCommand('run', {}, { projectDir: '.', executable: 'bin/other' }, surroundings));
    expect(none.message).toContain('does not print a version of dbt. It prints: hello');
  });

  it('says which file of the project is missing or wrong', async () => {
    const { surroundings, root } = create();
    const messageOf = async (projectDir = '.') => (await failure(runCommand('run', {}, { projectDir, executable }, surroundings))).message;
    expect(await messageOf('elsewhere')).toContain(`no dbt project in ${join(root, 'elsewhere')}`);
    writeFiles(root, { 'profiles.yml': 'other: {outputs: {}}\n' });
    expect(await messageOf()).toMatch(/profiles\.yml has no profile "shop" \(it has: other\)/);
    writeFiles(root, { 'profiles.yml': 'shop: {outputs: {dev: {}}}\n' });
    expect(await messageOf()).toMatch(/profile "shop" is not what dbt expects: outputs\.dev\.type/);
    writeFiles(root, { 'profiles.yml': 'shop: [' });
    expect(await messageOf()).toMatch(/profiles\.yml isn't valid YAML/);
    rmSync(join(root, 'profiles.yml'));
    vi.stubEnv('HOME', root);
    expect(await messageOf()).toMatch(/There is no profiles\.yml in /);
  });
});

describe('one DuckDB file', () => {
  it.concurrent('is waited for until its holder is killed, with a line that names the holder', async () => {
    const { dataDir, surroundings, lines } = createWithStandIn('exit 0');
    const queue = join(dataDir, 'shop.duckdb.queue');
    writeFiles(queue, { holder: 'flow run "sad-walrus"' });
    const script = `import { tryLock } from ${JSON.stringify(join(import.meta.dirname, 'queue', 'lock.ts'))};
      globalThis.held = tryLock(${JSON.stringify(join(queue, 'lock'))}); console.log('held'); setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    expect(tryLock(join(queue, 'lock'))).toBeNull();
    const running = runCommand('run', {}, { projectDir: '.', executable: 'bin/dbt' }, surroundings);
    await vi.waitFor(() => expect(lines.join('\n')).toMatch(/waiting for \S+shop\.duckdb, which flow run "sad-walrus" holds/), {
      timeout: 5000,
    });
    holder.kill('SIGKILL');
    expect((await running).nodes).toEqual([]);
    expect(lines.join('\n')).toMatch(/shop\.duckdb is free after/);
  });

  it.concurrent('is no longer waited for when the run is cancelled', async () => {
    const { dataDir, surroundings, lines, cancel } = create({ 'models/quick.sql': 'select 1 as n' });
    writeFiles(join(dataDir, 'shop.duckdb.queue'), {});
    writeFiles(dataDir, { 'shop.duckdb.queue/holder': 'a test' });
    const lock = tryLock(join(dataDir, 'shop.duckdb.queue', 'lock'));
    const running = failure(runCommand('run', {}, options, surroundings));
    await vi.waitFor(() => expect(lines.join('\n')).toContain('which a test holds'), { timeout: 20_000 });
    cancel(new TributaryError('cancelled', 'enough'));
    expect((await running).message).toBe('enough');
    lock?.release();
  });

  it.concurrent('is waited for while another program has it open', async () => {
    const said = JSON.stringify({
      info: { name: 'MainEncounteredError', level: 'error', msg: 'Encountered an error', ts: '2026-11-22T00:15:30.000000Z' },
      data: {
        exc: 'IO Error: Could not set lock on file "/data/shop.duckdb": Conflicting lock is held in /usr/bin/duckdb (PID 7). See also',
      },
    });
    const { surroundings, lines } = createWithStandIn(
      `if [ -e "$TRIBUTARY_DATA_DIR/tried" ]; then exit 0; fi\ntouch "$TRIBUTARY_DATA_DIR/tried"\necho '${said}'\nexit 2`,
    );
    await runCommand('run', {}, { projectDir: '.', executable: 'bin/dbt' }, surroundings);
    expect(lines.join('\n')).toContain('in use outside of Tributary (/usr/bin/duckdb (PID 7))');
  });

  it.concurrent('is reported if its folder is a file', async () => {
    const { dataDir, surroundings, root } = create();
    rmSync(dataDir, { recursive: true, force: true });
    writeFiles(join(root, 'state'), { data: '' });
    expect((await failure(runCommand('run', {}, options, surroundings))).message).toMatch(
      /shop\.duckdb can't be used: .*It must be a folder/,
    );
  });
});
