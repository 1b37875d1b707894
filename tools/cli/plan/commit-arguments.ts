import { resolve } from 'node:path';

import type { Verb } from '@tributary/plan';

import type { Call } from '../command/call.ts';
import { misuse } from '../command/refusal.ts';
import type { PlanOptions } from './plan-options.ts';

/**
 * Writes the arguments for the command of a commit's own framework. It deploys code from git, as the commit's folder is a temporary one, and
 * it is meant to be older than what is live.
 * @throws `misuse` for options that contradict a commit
 */
export function commitArguments(
  call: Pick<Call, 'cwd' | 'json' | 'engine' | 'url'>,
  verb: Verb,
  names: readonly string[],
  options: PlanOptions,
): string[] {
  for (const name of ['plan', 'against'] as const) if (options[name] !== undefined) throw misuse(`Give --${name} or --commit, not both.`);
  if (options.storage === 'folder') throw misuse('Give --commit without --storage folder: workers fetch the commit from its repository.');
  const { json, engine, url } = call;
  const { out, allowDeletes } = options;
  const values = {
    '--engine': engine,
    '--url': url,
    '--out': out === undefined ? undefined : resolve(call.cwd, out),
    '--allow-deletes': allowDeletes,
    '--storage': 'git',
  };
  const flags = {
    '--json': json,
    '--markdown': options.markdown,
    '--why': options.why,
    '--detailed-exitcode': options.detailedExitcode,
    '--all': options.all,
    '--allow-older': true,
  };
  const lists = { '--take-over': options.takeOver, '--reset': options.reset };
  return [
    verb,
    ...Object.entries(flags).flatMap(([flag, isGiven]) => (isGiven ? [flag] : [])),
    ...Object.entries(values).flatMap(([flag, value]) => (value === undefined ? [] : [`${flag}=${value}`])),
    ...Object.entries(lists).flatMap(([flag, some = []]) => some.map((value) => `${flag}=${value}`)),
    '--',
    ...names,
  ];
}

/** The options among arguments, without their values. */
export function optionsIn(args: readonly string[]): string[] {
  return args.slice(0, args.indexOf('--')).flatMap((one) => /^--[\w-]+/.exec(one)?.[0] ?? []);
}
