import { describe, expect, it } from 'vitest';

import type { DbtArguments } from './arguments.ts';
import { commandLine } from './arguments.ts';
import { readSubCommand } from './sub-command.ts';

const folders = { projectDir: '/p', profilesDir: '/p', profile: 'shop', target: 'dev', targetPath: '/t', logPath: '/l' };
const line = (given: DbtArguments, subCommand = 'build') => commandLine(readSubCommand(subCommand), given, folders);

describe("dbt's command line", () => {
  it('is an array in which each value stays with its flag', () => {
    const args = line(
      { select: ['a+', 'tag:x b'], exclude: 'c; rm *', vars: { day: '2026-01-01' }, fullRefresh: true, extra: ['--fail-fast'] },
      'source freshness',
    );
    expect(args.slice(0, 2)).toEqual(['source', 'freshness']);
    for (const argument of ['--profile=shop', '--target=dev', '--target-path=/t', '--log-path=/l', '--log-format=json'])
      expect(args).toContain(argument);
    for (const argument of ['--select=a+', '--select=tag:x b', '--exclude=c; rm *']) expect(args).toContain(argument);
    expect(args).toContain('--vars={"day":"2026-01-01"}');
    expect(args.slice(-2)).toEqual(['--full-refresh', '--fail-fast']);
  });

  it('refuses a flag in place of a node', () => {
    for (const select of ['--full-refresh', 'a --full-refresh', ' -x', ['a', '--profiles-dir=/elsewhere']])
      expect(() => line({ select })).toThrow(/looks like a flag/);
    expect(() => line({ exclude: '' })).toThrow(/--exclude is empty/);
  });

  it('refuses flags that the framework sets', () => {
    for (const flag of ['--target-path', '--log-format=text', '--quiet', '--target=prod', '-t', '--profile=other'])
      expect(() => line({ extra: [flag] })).toThrow(/set by the framework/);
  });

  it("refuses what isn't a sub-command of dbt", () => {
    for (const text of ['rm', 'run; ls', '--version', 'docs serve', 'init', '', 'Build', 'toString'])
      expect(() => readSubCommand(text)).toThrow(/isn't a sub-command of dbt/);
    for (const text of ['build', 'docs generate', 'run-operation']) expect(readSubCommand(text)).toBe(text);
  });

  it("gives no target folder to sub-commands that don't take one", () => {
    expect(line({}, 'debug').some((argument) => argument.startsWith('--target-path'))).toBe(false);
  });
});
