import type { DeploymentPlan, Finding, KeptField, Plan, PlanChange } from '@tributary/contract/nouns/plan';
import { describe, expect, it } from 'vitest';

import { exampleDeployment, examplePlan } from '../test-support/example-plan.ts';
import { printMarkdown } from './print-markdown.ts';
import { type PlanStyle, printIntegration, printPlan } from './print-plan.ts';

const plainStyle: PlanStyle = { verb: 'plan', why: false, paint: (_, text) => text };

function deployment(name: string, changes: Partial<DeploymentPlan> = {}): DeploymentPlan {
  return exampleDeployment({ name, ...changes });
}

function finding(changes: Partial<Finding> = {}): Finding {
  return {
    code: 'broken_integration',
    severity: 'error',
    message: 'This file has an error.',
    file: 'ints/a/deployments.ts',
    line: 3,
    integration: 'ints-a',
    command: null,
    ...changes,
  };
}

/** A plan of the integration `a`. */
function planOf(deployments: DeploymentPlan[], changes: Partial<Plan> = {}): Plan {
  return examplePlan({
    integrations: [{ name: 'ints-a', root: 'ints/a', removed: false, deployments }],
    tally: { create: 0, update: 0, unchanged: deployments.length, delete: 0, failed: 0 },
    ...changes,
  });
}

const moved: PlanChange = { field: 'folder', from: '/other', to: '/clone', reason: 'code' };
const paused: KeptField = { field: 'paused', live: 'true', code: null, conflict: false };
const code = {
  closure: 'x',
  changed: true,
  parts: [
    {
      path: 'ints/shared/limits.ts',
      change: 'changed' as const,
      way: ['ints/a/deployments.ts', 'ints/a/flow.ts', 'ints/shared/limits.ts'],
    },
    { path: 'zod@4.6.7', change: 'added' as const, way: ['zod@4.6.7'] },
  ],
};

describe('a plan for people', () => {
  it('has errors first, then what is created, moved and changed, and the tally', () => {
    const plan = planOf(
      [
        deployment('x/new', { action: 'create', schedules: ['cron 0 0 * * *', 'every 15m'] }),
        deployment('x/moved', { action: 'update', changes: [moved] }),
        deployment('x/changed', {
          action: 'update',
          changes: [{ field: 'parameters.limit', from: null, to: '3', reason: 'code' }, moved],
          kept: [paused],
          whole: ['tags', 'schedules'],
        }),
        deployment('x/same', { code }),
      ],
      {
        creates: { pools: ['nightly'], queues: ['tributary/slow'] },
        findings: [
          finding({ severity: 'warning', message: 'A warning.', file: null, line: null, integration: null }),
          finding({ message: 'A package is missing.', command: 'npm i -w ints pg' }),
        ],
      },
    );
    expect(printPlan(plan, plainStyle).split('\n')).toEqual([
      'error: ints/a/deployments.ts:3: A package is missing.',
      '    → npm i -w ints pg',
      'warning: A warning.',
      '',
      '+ work pool nightly',
      '+ work queue tributary/slow',
      '',
      '~ 2 deployments move to the folder /clone (deployed from /other)',
      '',
      'ints/a',
      '  + create x/new (cron 0 0 * * *, every 15m)',
      '  ~ update x/changed',
      '      parameters.limit: (none) → 3',
      '      kept: paused (code: none)',
      '      compared as a whole: tags, schedules (too many to remember each)',
      '  = unchanged x/same (code changed)',
      '',
      '0 to create, 0 to update, 4 unchanged.',
    ]);
  });

  it('has the same finding of several integrations once', () => {
    const shared = ['ints-a', 'ints-b'].map((integration) =>
      finding({ file: 'ints/shared/sql.ts', integration, command: 'npm i -w ints pg' }),
    );
    const plan = planOf([], { findings: [...shared, finding({ message: 'Run npm i.', command: 'npm i' })] });
    expect(printPlan(plan, plainStyle).split('\n').slice(0, 3)).toEqual([
      'error: ints/a/deployments.ts:3: Run npm i.',
      'error: ints/shared/sql.ts:3: This file has an error. (in 2 integrations)',
      '    → npm i -w ints pg',
    ]);
  });

  it('folds a long list of files that git does not know, and no other findings', () => {
    const unknown = (count: number): Finding[] =>
      Array.from({ length: count }, (_, index) =>
        finding({ code: 'unknown_file', severity: 'warning', message: `git doesn't know f${index}.ts.`, line: index + 1 }),
      );
    const broken = Array.from({ length: 6 }, (_, line) => finding({ line: line + 1 }));
    const linesOf = (findings: Finding[]): string[] => printPlan(planOf([], { findings }), plainStyle).split('\n');
    const shown = [0, 1, 2, 3].map((index) => `warning: ints/a/deployments.ts:${index + 1}: git doesn't know f${index}.ts.`);
    const rest = "27 more imports lead to files that git doesn't know. `git status` lists these files.";
    expect(linesOf([...broken, ...unknown(30)]).slice(6, 11)).toEqual([...shown.slice(0, 3), `warning: ${rest}`, '']);
    expect(linesOf(unknown(4)).slice(0, 4)).toEqual(shown);
    expect(printMarkdown(planOf([], { findings: unknown(30) }), 'plan')).toContain("27 more imports lead to files that git doesn't know");
  });

  it('folds more than ten unchanged deployments, but not those whose code changed', () => {
    const many = Array.from({ length: 11 }, (_, index) => deployment(`x/${index}`));
    expect(printPlan(planOf(many.slice(1)), plainStyle)).toContain('  = unchanged x/10\n');
    expect(printPlan(planOf([...many, deployment('x/coded', { code })]), plainStyle)).toBe(
      'ints/a\n  = unchanged x/coded (code changed)\n\n= 11 unchanged\n\n0 to create, 0 to update, 12 unchanged.',
    );
    expect(printIntegration({ name: 'ints-a', root: 'ints/a', removed: false, deployments: many }, planOf([]), plainStyle)).toHaveLength(
      11,
    );
  });

  it('names the file behind changed code, and the way to it, if asked why', () => {
    const style = { ...plainStyle, why: true };
    expect(printPlan(planOf([deployment('x/a', { code })]), style)).toContain(
      [
        '  = unchanged x/a (code changed)',
        '      code changed: ints/shared/limits.ts',
        '        ints/a/deployments.ts → ints/a/flow.ts → ints/shared/limits.ts',
        '      code added: zod@4.6.7',
        '',
      ].join('\n'),
    );
    expect(printPlan(planOf([deployment('x/a', { code: { ...code, parts: null } })]), style)).toContain('`git fetch`');
    expect(printPlan(planOf([deployment('x/a', { code: { ...code, changed: false } })]), style)).toContain('= unchanged x/a\n');
  });

  it("can't repaint the terminal or add lines, whatever a name says", () => {
    const evil = '\u001B[2Ja\u202E\nb';
    const owner = { workspace: evil, project: evil };
    const plan = planOf(
      [
        deployment(`x/${evil}`, { action: 'create', replaces: evil }),
        deployment(evil, { action: 'delete', waiting: 1 }),
        deployment('x/kept', { owner, kept: [{ field: evil, live: evil, code: evil, conflict: false }] }),
      ],
      { others: [{ name: evil, owner }] },
    );
    expect(printPlan(plan, plainStyle).split('\n')).toEqual([
      '~ 1 deployment is taken over, from workspace a b: x/kept',
      '',
      'ints/a',
      '  + create x/a b (in place of a b)',
      '  - delete a b (1 waiting run goes with it)',
      '  = unchanged x/kept',
      '      kept: a b a b (code: a b)',
      '',
      'not owned by this workspace',
      '  a b  a b in workspace a b',
      '',
      '0 to create, 0 to update, 3 unchanged.',
    ]);
  });

  it('says a rename together, counts the waiting runs of a deleted deployment, and marks a removed integration', () => {
    const plan = planOf(
      [
        deployment('x/kept'),
        deployment('x/gone', { action: 'delete' }),
        deployment('x/old', { action: 'delete', waiting: 3 }),
        deployment('x/new', { action: 'create', replaces: 'x/old', schedules: ['cron 0 0 * * *'] }),
      ],
      { tally: { create: 1, update: 0, unchanged: 1, delete: 3, failed: 0 } },
    );
    const removed = { name: 'ints-b', root: 'ints/b', removed: true, deployments: [deployment('y/b', { action: 'delete' })] };
    const all = { ...plan, integrations: [...plan.integrations, removed] };
    expect(printPlan(all, plainStyle).split('\n')).toEqual([
      'ints/a',
      '  = unchanged x/kept',
      '  - delete x/gone',
      '  + create x/new (in place of x/old) (cron 0 0 * * *)',
      '  - delete x/old (3 waiting runs go with it)',
      '',
      'ints/b (removed)',
      '  - delete y/b',
      '',
      '1 to create, 0 to update, 3 to delete, 1 unchanged.',
    ]);
    expect(printPlan(all, { ...plainStyle, verb: 'deploy' })).toContain('1 created, 0 updated, 3 deleted, 1 unchanged.');
  });

  it('folds deployments that only get a new owner to one line for each old owner', () => {
    const taken = (count: number, workspace: string | null, project: string) =>
      Array.from({ length: count }, (_, index) => deployment(`${project}/${index}`, { action: 'update', owner: { workspace, project } }));
    const plan = planOf([
      ...taken(2, 'acme/data', 'ints-old'),
      ...taken(2, 'acme/sales', 'ints-crm'),
      ...taken(2, 'acme/sales', 'ints-web'),
      ...taken(1, null, 'ints-a'),
    ]);
    expect(printPlan(plan, plainStyle).split('\n').slice(0, 4)).toEqual([
      '~ 2 deployments move from ints-old to ints-a: ints-old/0, ints-old/1',
      '~ 4 deployments are taken over, from workspace acme/sales',
      '~ 1 deployment is taken over, deployed before workspaces had ids: ints-a/0',
      '',
    ]);
  });

  it('lists the deployments of others and their owners in a column', () => {
    const others = [
      { name: 'py-flow/nightly', owner: null },
      { name: 'export/crm', owner: { workspace: 'acme/sales', project: 'ints-crm' } },
      { name: 'old/x', owner: { workspace: null, project: 'ints-old' } },
    ];
    expect(printPlan(planOf([], { others }), plainStyle)).toContain(
      [
        'not owned by this workspace',
        '  py-flow/nightly  no owner',
        '  export/crm       ints-crm in workspace acme/sales',
        '  old/x            ints-old without a workspace',
        '',
      ].join('\n'),
    );
  });

  it('says which deployments a deploy did not apply', () => {
    const failed = deployment('x/a', { action: 'update', changes: [moved], applied: { outcome: 'failed', reason: 'No.' } });
    const done = deployment('x/b', { action: 'update', changes: [moved], applied: { outcome: 'applied', reason: null } });
    expect(printPlan(planOf([failed, done]), { ...plainStyle, verb: 'deploy' })).toBe(
      '~ 1 deployment moves to the folder /clone (deployed from /other)\n\nints/a\n  ! failed x/a: No.\n\n0 created, 0 updated, 2 unchanged.',
    );
  });
});

describe('a plan as Markdown', () => {
  it('says a rename together, and lists the deployments of others in details', () => {
    const plan = planOf(
      [deployment('x/old', { action: 'delete', waiting: 3 }), deployment('x/new', { action: 'create', replaces: 'x/old' })],
      { others: [{ name: 'py/nightly', owner: null }] },
    );
    const text = printMarkdown(plan, 'plan');
    expect(text).toContain(
      '| create | ints/a | <code>x/new</code> | in place of x/old |\n| delete | ints/a | <code>x/old</code> | 3 waiting runs go with it |',
    );
    expect(text).toContain('<details><summary>1 other deployment</summary>\n\n- <code>py/nightly</code>: no owner\n');
  });

  it('shows changes in a table and the rest in details', () => {
    const plan = planOf(
      [
        deployment('x/new', { action: 'create', schedules: ['cron 0 0 * * *'] }),
        deployment('x/changed', { action: 'update', changes: [{ field: 'parameters.limit', from: '5', to: null, reason: 'drift' }] }),
        deployment('x/same', { code, kept: [paused] }),
      ],
      { findings: [finding({ command: 'npm i -w ints pg' })], creates: { pools: ['nightly'], queues: [] } },
    );
    expect(printMarkdown(plan, 'plan').split('\n')).toEqual([
      '### Tributary: 0 to create, 0 to update, 3 unchanged.',
      '',
      "Planning against http://127.0.0.1:4200/api (this workspace's server)",
      '',
      '- **Error:** ints/a/deployments.ts:3: This file has an error. Run <code>npm i -w ints pg</code>.',
      '',
      'To create on the engine:',
      '',
      '- work pool <code>nightly</code>',
      '',
      '| | integration | deployment | changes |',
      '|---|---|---|---|',
      '| create | ints/a | <code>x/new</code> | cron 0 0 &#42; &#42; &#42; |',
      '| update | ints/a | <code>x/changed</code> | <code>parameters.limit</code>: <code>5</code> → (none) (drift: it changed on the engine) |',
      '',
      '<details><summary>2 code changes</summary>',
      '',
      '- <code>x/same</code>: changed <code>ints/shared/limits.ts</code> (ints/a/deployments.ts → ints/a/flow.ts → ints/shared/limits.ts)',
      '- <code>x/same</code>: added <code>zod@4.6.7</code>',
      '',
      '</details>',
      '',
      '<details><summary>1 unchanged deployment</summary>',
      '',
      '- <code>x/same</code><br>kept: paused (code: none)',
      '',
      '</details>',
      '',
    ]);
  });

  it("can't be broken by names, values and messages", () => {
    const evil = 'a|b`c\n\n| x | </code></details><img src=x> **b** [l](u) @team $m$ \\';
    const plan = planOf(
      [
        deployment(evil, {
          action: 'update',
          changes: [{ field: evil, from: evil, to: evil, reason: 'code' }],
          kept: [{ field: evil, live: evil, code: evil, conflict: true }],
          owner: { workspace: evil, project: evil },
        }),
        deployment(evil, { action: 'create', schedules: [evil], replaces: evil, applied: { outcome: 'failed', reason: evil } }),
        deployment(evil, { code: { ...code, parts: [{ path: evil, change: 'removed', way: [evil, evil] }] } }),
      ],
      {
        findings: [finding({ message: evil, command: evil })],
        creates: { pools: [evil], queues: [evil] },
        others: [{ name: evil, owner: { workspace: evil, project: evil } }],
      },
    );
    const text = printMarkdown(plan, 'deploy');
    expect(text.match(/<(?!\/?(code|details|summary|span|br)>)/g)).toBeNull();
    expect(text).not.toMatch(/[`\\[$]/);
    // Nobody is mentioned in code.
    expect(text.replaceAll(/<code>.*?<\/code>/g, '')).not.toContain('@team');
    const rows = text.split('\n').filter((line) => line.startsWith('|'));
    expect(rows.map((row) => row.split('|').length)).toEqual([6, 6, 6, 6]);
    expect(text.match(/<details>/g)).toHaveLength(3);
    expect(text.match(/<\/details>/g)).toHaveLength(3);
  });

  it('has at most 65,000 characters, whole rows, and a note about the rest', () => {
    const changes: PlanChange[] = [{ field: 'description', from: 'x'.repeat(70), to: 'y'.repeat(70), reason: 'code' }];
    const many = Array.from({ length: 2000 }, (_, index) => deployment(`x/${index}`, { action: 'update', changes }));
    const findings = Array.from({ length: 20 }, (_, line) => finding({ message: 'm'.repeat(100_000), line }));
    const text = printMarkdown(planOf([...many, deployment('x/same')], { findings }), 'plan');
    expect(text.length).toBeLessThanOrEqual(65_000);
    expect(text.length).toBeGreaterThan(60_000);
    const shown = text.split('\n').filter((line) => line.startsWith('| update')).length;
    expect(text).toContain(`Missing here: ${2000 - shown} deployments, 1 unchanged deployment. `);
    expect(
      text
        .split('\n')
        .filter((line) => line.startsWith('| update'))
        .every((line) => line.endsWith(' |')),
    ).toBe(true);
  });
});
