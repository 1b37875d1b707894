import { type Command, Help, type HelpConfiguration, Option } from 'commander';

import { apiAddress } from './value.ts';

export interface Leaf {
  /** name and arguments in commander's notation: `run <deployment>` */
  readonly name: string;
  readonly summary: string;
  /** further sentences for the command's own help */
  readonly details?: string;
  readonly examples: readonly string[];
  /** whether the command works on an engine, and takes --url and --engine @default true */
  readonly engine?: boolean;
}

/** Adds a group of verbs on one noun. */
export function group(parent: Command, name: string, summary: string): Command {
  const path = parent.parent ? `${parent.name()} ${name}` : name;
  return parent
    .command(name)
    .summary(summary)
    .description(summary)
    .usage('<command>')
    .addHelpText('after', `\n"tributary ${path} <command> --help" shows a command's options and an example.`);
}

/** Adds a verb with the options that every verb has. The caller adds its own options and the action. */
export function leaf(parent: Command, { name, summary, details, examples, engine = true }: Leaf): Command {
  const command = parent
    .command(name)
    .summary(summary)
    .description(details ? `${summary}\n\n${details}` : summary)
    .addHelpText(
      'after',
      `\n${examples.length > 1 ? 'Examples' : 'Example'}:\n${examples.map((line) => `  $ ${line.includes('npx ') ? line : `npx tributary ${line}`}`).join('\n')}`,
    )
    .option('--json', 'print JSON and nothing else on standard output');
  if (!engine) return command;
  return command.addOption(urlOption()).addOption(engineOption());
}

function urlOption(): Option {
  return new Option(
    '--url <url>',
    "the URL of the server's API, such as http://127.0.0.1:4200/api (default: TRIBUTARY_API_URL, or this workspace's server)",
  ).argParser(apiAddress);
}

function engineOption(): Option {
  return new Option('--engine <engine>', 'allow changes on the server in PREFECT_API_URL').choices(['prefect']);
}

const common = new Set(['--json', '--url', '--engine', '--help']);

/** Help lists a verb's own options before those that every verb has. */
export const ownOptionsFirst: HelpConfiguration = {
  visibleOptions(command) {
    const options = new Help().visibleOptions(command);
    const isCommon = ({ long }: Option): boolean => common.has(long ?? '');
    return [...options.filter((option) => !isCommon(option)), ...options.filter(isCommon)];
  },
};

/** Adds --json, --url and --engine to the program, so that they may also precede the command: `tributary --json deployment ls`. */
export function addGlobalOptions(program: Command): Command {
  return program.option('--json', 'print JSON and nothing else on standard output').addOption(urlOption()).addOption(engineOption());
}
