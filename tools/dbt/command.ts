import type { DbtArguments } from './prepare/arguments.ts';
import { makeOwnFolder } from './packages/own-folder.ts';
import { makeOwnProject, type OwnProject } from './packages/own-project.ts';
import { supplyPackages } from './packages/supply-packages.ts';
import type { DbtOptions, Prepared } from './prepare/prepare.ts';
import { prepare } from './prepare/prepare.ts';
import { inRuns } from './prepare/run-folder.ts';
import { needsPackages, type SubCommand } from './prepare/sub-command.ts';
import { takeTurn } from './queue/take-turn.ts';
import { execute } from './run/execute.ts';
import type { Ledger, NodeResult } from './run/ledger.ts';
import type { Surroundings } from './run/surroundings.ts';

/** The result of a successful command. */
export interface DbtResult {
  readonly version: string;
  readonly nodes: readonly NodeResult[];
  /** the output of `ls` or `show`, line by line */
  readonly output: readonly string[];
  readonly seconds: number;
  /** the command's own target folder, with manifest.json, run_results.json and compiled SQL */
  readonly targetPath: string;
  readonly logPath: string;
}

/** Runs a dbt command: prepares it, waits for the database, runs dbt and reports the outcome. */
export async function runCommand(
  subCommand: SubCommand,
  given: DbtArguments,
  options: DbtOptions,
  surroundings: Surroundings,
): Promise<DbtResult> {
  const own = await makeOwnProject(subCommand, options, surroundings.run);
  try {
    return await runIn(own, subCommand, given, own?.options ?? options, surroundings);
  } finally {
    await own?.remove();
  }
}

async function runIn(
  own: OwnProject | undefined,
  subCommand: SubCommand,
  given: DbtArguments,
  options: DbtOptions,
  surroundings: Surroundings,
): Promise<DbtResult> {
  const { run, log } = surroundings;
  const prepared = await prepare(subCommand, given, options, run);
  const { database, folder, packages, executable, version, cwd } = prepared;
  own?.check(database);
  if (packages && needsPackages(subCommand)) {
    const install = (): Promise<DbtResult> => runIn(own, 'deps', {}, options, surroundings);
    await supplyPackages(packages, { kept: folder.packages, key: packages.key, install }, surroundings);
  }
  if (database.unknown) log('warning', `${database.unknown} is unknown until dbt starts, so this run can't queue for its database file`);
  const release = await takeTurn({
    files: database.files,
    who: `flow run "${run.flowRunName}" (${run.flowRunId}, process ${process.pid}), dbt ${subCommand}`,
    signal: run.signal,
    log: (message) => log('info', message),
  });
  const began = performance.now();
  try {
    log('info', `dbt ${subCommand} in ${cwd}, with ${executable} ${version}; artifacts and logs in ${folder.path}`);
    const { nodes, output } = await executeTidily(subCommand, prepared, surroundings);
    const seconds = (performance.now() - began) / 1000;
    return { version, nodes: [...nodes.values()], output, seconds, targetPath: folder.targetPath, logPath: folder.logPath };
  } finally {
    release();
  }
}

/** Runs dbt. What `dbt deps` downloads is removed, also if dbt is killed: a clone of a package has the URL with its token. */
async function executeTidily(subCommand: SubCommand, prepared: Prepared, surroundings: Surroundings): Promise<Ledger> {
  if (subCommand !== 'deps') return execute(subCommand, prepared, surroundings);
  const downloads = inRuns(surroundings.run, makeOwnFolder);
  try {
    return await execute(subCommand, { ...prepared, env: { ...prepared.env, TMPDIR: downloads.path } }, surroundings);
  } finally {
    await downloads.remove();
  }
}
