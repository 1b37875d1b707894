import { describe, expect, it } from 'vitest';

import { databaseFiles } from './database-files.ts';
import { dbtEnvironment } from './environment.ts';
import type { DbtProject } from './read-project.ts';

const project = (outputs: DbtProject['outputs'], defaultTarget = 'dev'): DbtProject => ({
  name: 'shop',
  profile: 'shop',
  profilesDir: '/p',
  text: '',
  texts: [],
  packages: null,
  defaultTarget,
  outputs,
});
const files = (output: DbtProject['outputs'][string], env: Record<string, string> = {}) =>
  databaseFiles(project({ dev: output }), '/nowhere/project', null, env);

describe('the files that a target needs exclusively', () => {
  it('are found through env_var(), and relative to the project', () => {
    expect(files({ type: 'duckdb', path: "{{ env_var('DIR') }}/w.duckdb" }, { DIR: '/nowhere' }).files).toEqual(['/nowhere/w.duckdb']);
    expect(files({ type: 'duckdb', path: '{{ env_var("FILE", "w.duckdb") }}' }).files).toEqual(['/nowhere/project/w.duckdb']);
    expect(files({ type: 'duckdb', path: '../{{env_var("FILE")|as_text}}' }, { FILE: 'w' }).files).toEqual(['/nowhere/w']);
  });

  it('include attached ones, always in the same order', () => {
    const attach = [{ path: '/nowhere/a' }, { path: 's3://bucket/x' }, { path: '/nowhere/pg', type: 'postgres' }];
    expect(files({ type: 'duckdb', path: '/nowhere/b', attach }).files).toEqual(['/nowhere/a', '/nowhere/b']);
  });

  it("don't exist for memory, services and other adapters", () => {
    for (const path of [':memory:', 'md:shop', undefined]) expect(files({ type: 'duckdb', path })).toEqual({ files: [], unknown: null });
    expect(files({ type: 'postgres', host: 'db' })).toEqual({ files: [], unknown: null });
  });

  it('are reported as unknown if their path has other Jinja or a missing variable', () => {
    expect(files({ type: 'duckdb', path: '{{ var("x") }}' })).toEqual({ files: [], unknown: 'the path "{{ var("x") }}"' });
    expect(files({ type: 'duckdb', path: "{{ env_var('DIR') }}/w" }).unknown).toContain('the path');
    expect(databaseFiles(project({}, '{{ var("t") }}'), '/p', null, {}).unknown).toContain('the target');
  });

  it('are those of the chosen target', () => {
    const outputs = { dev: { type: 'duckdb', path: '/nowhere/dev' }, prod: { type: 'duckdb', path: '/nowhere/prod' } };
    expect(databaseFiles(project(outputs), '/p', 'prod', {}).files).toEqual(['/nowhere/prod']);
    expect(databaseFiles(project(outputs, "{{ env_var('T', 'dev') }}"), '/p', null, { T: 'prod' }).files).toEqual(['/nowhere/prod']);
  });
});

describe("dbt's environment", () => {
  it('has the variables that every program needs, those that the project names and those that the flow gives, but no other DBT_…', () => {
    const from = { PATH: '/bin', HOME: '/home', PGPASS: 'x', DBT_TARGET: 'prod', DBT_ENGINE_QUIET: '1', AWS_KEY: 'y' };
    const env = dbtEnvironment(from, ['password: "{{ env_var(\'PGPASS\') }}"'], { DBT_ENV_SECRET_TOKEN: 't' });
    expect(env).toMatchObject({ PATH: '/bin', HOME: '/home', PGPASS: 'x', DBT_ENV_SECRET_TOKEN: 't', DO_NOT_TRACK: '1' });
    expect('AWS_KEY' in env || 'DBT_ENGINE_QUIET' in env || 'DBT_TARGET' in env).toBe(false);
  });
});
