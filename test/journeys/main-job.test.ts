import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

import { descendants, type Ended, start, survivors } from '../support/process.ts';
import { repository } from '../support/workspace.ts';

const demo = (...args: string[]) => start(process.execPath, [join(repository, 'test', 'demo', 'demo.ts'), ...args], { cwd: repository });

describe('the main job', () => {
  let first: Ended;
  let second: Ended;
  /** the processes of the second demo, when it was interrupted */
  let started: number[];

  beforeAll(async () => {
    rmSync(join(repository, '.tributary', 'demo'), { recursive: true, force: true });
    first = await demo().ended;
    const running = demo();
    await running.printed(/Running with dbt=/);
    started = descendants(running.pid);
    running.kill('SIGINT');
    second = await running.ended;
  }, 120_000);

  it('runs from nothing to the table of products by category', () => {
    expect(first.stderr).toBe('');
    expect(first.code).toBe(0);
    expect(first.stdout).toContain('create export/dummyjson_products');
    expect(first.stdout).toContain('create dbt-command-flow/dbt_downstream_model');
    expect(first.stdout).toMatch(/194 products in 24 categories/);
  });

  it('launches dbt without waiting: the export has completed while its child still runs', () => {
    const at = (pattern: RegExp) => first.stdout.search(pattern);
    expect(at(/dbt_downstream_model.*(created|Scheduled)/)).toBeGreaterThan(0);
    expect(at(/export\b.*Completed/)).toBeGreaterThan(at(/dbt_downstream_model.*(created|Scheduled)/));
    expect(at(/dbt-command-flow\b.*Completed|dbt_downstream_model.*Completed/)).toBeGreaterThan(at(/export\b.*Completed/));
  });

  it('shows each dbt model and test with its seconds, and the rows of a model', () => {
    expect(first.stdout).toMatch(/✓ model stage_dummyjson__products {2}\d+\.\d+ s {2}194 rows/);
    expect(first.stdout).toMatch(/✓ test not_null_\w+ {2}\d+\.\d+ s {2}passed/);
  });

  it('reports unchanged deployments the second time, and runs the export again', () => {
    expect(second.stdout).toMatch(/export\b.*Completed/);
    expect(second.stdout).toContain('unchanged export/dummyjson_products');
    expect(second.stdout).not.toMatch(/create export/);
  });

  it('leaves no process behind when it is interrupted while dbt runs', async () => {
    expect(started.length).toBeGreaterThan(1);
    expect(second.code).toBe(130);
    // Python's resource tracker ends shortly after dbt, and the system still has to collect it.
    expect(await survivors(started, 5)).toEqual([]);
  });

  it('refuses unknown options', async () => {
    const { code, stderr } = await demo('--fast').ended;
    expect(code).toBe(2);
    expect(stderr).toContain('--live');
  });
});
