import { parseArgs } from 'node:util';

const variable = 'TRIBUTARY_NX_ARGUMENTS';

/** The parts of the command line that Nx evaluates itself and keeps from executors. */
export interface NxCommand {
  /** the name after `--configuration`, even if no target has such a configuration */
  readonly configuration: string | undefined;
  /** the patterns after `--exclude` */
  readonly excluded: readonly string[];
}

/**
 * Passes Nx's command line to the executors, which run in other processes. They look for an unknown configuration in it: Nx ignores one and
 * drops its name, and the deploy would go to the default engine.
 */
export function preTasksExecution(_options: unknown, { argv }: { readonly argv: readonly string[] }): void {
  process.env[variable] = JSON.stringify(argv.slice(2));
}

export function readNxCommand(env: NodeJS.ProcessEnv): NxCommand {
  const args: unknown = JSON.parse(env[variable] ?? '[]');
  return parseNxCommand(Array.isArray(args) ? args.map(String) : []);
}

/** @param args the command line after `nx`, such as `['run', 'ints-dbt:deploy:production']` */
export function parseNxCommand(args: readonly string[]): NxCommand {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      configuration: { type: 'string', short: 'c' },
      prod: { type: 'boolean' },
      exclude: { type: 'string', multiple: true },
    },
    strict: false,
    allowPositionals: true,
  });
  const inTarget = positionals.slice(0, 2).flatMap((text) => /^[^:]+:[^:]+:(.+)$/.exec(text)?.[1] ?? []);
  return {
    configuration: textOf(values.configuration) ?? (values.prod ? 'production' : inTarget[0]),
    excluded: (values.exclude ?? []).flatMap((patterns) => textOf(patterns)?.split(',') ?? []),
  };
}

/** Drops the equals sign of `-c=production`. An option without a value is `true`. */
function textOf(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value.replace(/^=/, '') : value ? '' : undefined;
}
