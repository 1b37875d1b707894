import { shellWord } from '@tributary/contract/shell-word';

import type { Loaded } from '../load/loaded.ts';
import type { Project } from '../load/project.ts';
import { type EngineOptions, onEngine } from '../on-engine.ts';
import type { Policy } from './policy.ts';

/** What the user asked for, which the commands that findings name repeat. */
export interface Asked {
  /** the integrations as the command takes them, such as `dbt`; empty for all */
  readonly names: readonly string[];
  readonly policy: Policy;
  readonly engine: EngineOptions;
}

/** The names of integrations for a command. @returns none for a plan of the whole workspace */
export function namesOf(projects: readonly Project[], { everything }: Pick<Policy, 'everything'>): string[] {
  return everything ? [] : projects.map(({ root }) => root.replace(/^ints\//, ''));
}

/** @param engine which engine the user chose @default none */
export function askedOf(loaded: readonly Pick<Loaded, 'project'>[], policy: Policy, engine: EngineOptions = {}): Asked {
  const projects = loaded.map(({ project }) => project);
  return { names: namesOf(projects, policy), policy, engine };
}

/** Writes the command that deploys what the user asked for. @param allowed what the user has to allow beyond that */
export function deployCommand({ names, policy, engine }: Asked, allowed: Partial<Policy>): string {
  const { takeOver, allowDeletes, allowOlder, reset, storage } = { ...policy, ...allowed };
  const words = [
    'deploy',
    ...names.map(shellWord),
    ...takeOver.map((workspace) => `--take-over ${shellWord(workspace)}`),
    ...(allowDeletes > 0 ? [`--allow-deletes ${allowDeletes}`] : []),
    ...(allowOlder ? ['--allow-older'] : []),
    ...reset.map((field) => `--reset ${shellWord(field)}`),
    ...(storage === null ? [] : [`--storage ${storage}`]),
  ];
  return onEngine(words.join(' '), engine);
}
