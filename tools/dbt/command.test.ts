import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { isTributaryError, TributaryError } from '@tributary/contract/error';
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

describe('a dbt command', { timeout: 90_000 }, () => {
  // All tests share one project, which dbt parses only once, and one database.
  let project: ReturnType<typeof createProject>;
  beforeAll(() => {
    project = createProject({
      'seeds/fruits.csv': 'name,colour\napple,red\npear,green\n',
      'models/good.sql': "select * from {{ ref('fruits') }}",
      'models/bad.sql': "select nonsense from {{ ref('fruits') }}",
      'models/below.sql': "select * from {{ ref('bad') }}",
      'models/schema.yml':
        'models: [{name: good, columns: [{name: colour, data_tests: [unique, {accepted_values: {arguments: {values: [red]}}}]}]}]\n',
      'models/slow.sql': 'select count(*) as n from range(1000000) a, range(1000000) b where hash(a.range + b.range) % 7 = 3',
    });
    created.push(project);
  });

  it.concurrent('stops within seconds when the run is cancelled, and leaves the database usable for the next test', async () => {
    const { surroundings, tasks, lines, cancel } = createSurroundings(project);
    const running = failure(runCommand('run', { select: 'slow' }, options, surroundings));
    await vi.waitFor(() => expect(tasks()[0]?.states).toEqual(['RUNNING']), { timeout: 60_000, interval: 50 });
    const stopped = Date.now();
    cancel(new TributaryError('cancelled', 'a user cancelled the run'));
    expect(await running).toMatchObject({ code: 'cancelled', message: 'a user cancelled the run' });
    expect(Date.now() - stopped).toBeLessThan(15_000);
    expect(tasks()[0]?.states).toEqual(['RUNNING', 'CANCELLED dbt was stopped']);
    expect(lines.join('\n')).not.toContain('Traceback');
  });

  it.concurrent("says what doesn't compile", async () => {
    const { surroundings } = create({ 'models/lost.sql': "select * from {{ ref('nowhere') }}" });
    const { message } = await failure(runCommand('parse', {}, options, surroundings));
    expect(message).toMatch(
      /^dbt parse failed \(exit code 2\)\n.*'model\.shop\.lost' \(models\/lost\.sql\) depends on a node named 'nowhere' which was not found/s,
    );
  });

  it('shows each node with rows, seconds and edges, and says what failed, where its SQL is, and what was skipped', async () => {
    const { root } = project;
    const { surroundings, tasks, lines } = createSurroundings(project);
    // If dbt got these variables, it would write its artifacts to `stray`.
    vi.stubEnv('DBT_TARGET_PATH', join(root, 'stray'));
    vi.stubEnv('DBT_ENGINE_TARGET_PATH', join(root, 'stray'));
    const { message, code, facts } = await failure(runCommand('build', { select: 'fruits+' }, options, surroundings));
    expect(code).toBe('dbt');
    expect(facts).toMatchObject({ exitCode: 1, skipped: ['model.shop.below'] });
    expect(message).toMatch(/^dbt build failed \(exit code 1\): 2 of 6 nodes failed\n/);
    expect(message).toMatch(
      /model bad failed: .*Referenced column "nonsense" not found.*\(compiled SQL: \S+\/compiled\/shop\/models\/bad\.sql\)/s,
    );
    expect(message).toMatch(/test accepted_values_good_colour__red failed: Got 1 result, configured to fail if != 0 \(compiled SQL: /);
    expect(message).toMatch(/skipped: below$/);
    expect(existsSync(/compiled SQL: (\S+bad\.sql)/.exec(message)?.[1] ?? '')).toBe(true);
    expect(existsSync(join(root, 'stray'))).toBe(false);
    const { target } = /artifacts and logs in (?<target>\S+)/.exec(lines.join('\n'))?.groups ?? {};
    expect(readRunResults(`${target}/target`).results).toHaveLength(6);

    const seen = Object.fromEntries(tasks().map((task) => [task.name, task]));
    expect(seen['seed fruits']?.states).toEqual(['RUNNING', 'COMPLETED 2 rows']);
    expect(seen['model good']).toMatchObject({ after: ['seed fruits'], states: ['RUNNING', expect.stringMatching(/^COMPLETED/)] });
    expect(seen['test unique_good_colour']?.states.at(-1)).toBe('COMPLETED passed');
    expect(seen['model bad']?.states).toEqual(['RUNNING', expect.stringMatching(/^FAILED model bad failed/)]);
    expect(seen['model below']?.states).toEqual(['CANCELLED skipped: bad failed']);
    expect(lines.join('\n')).not.toContain('Traceback');
    // Lines that repeat what a node's task run shows are at debug level.
    expect(lines.filter((line) => /\d of 6 /.test(line) && !line.startsWith('debug: '))).toEqual([]);
  });
});

describe('before dbt starts', () => {
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

describe('one DuckDB file', { timeout: 90_000 }, () => {
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
