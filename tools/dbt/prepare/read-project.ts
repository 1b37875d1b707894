import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { issuesOf, messageOf, TributaryError } from '@tributary/contract/error';
import { parse } from 'yaml';
import { z } from 'zod';

import { type DbtPackages, readPackages } from './read-packages.ts';

const projectFile = z.looseObject({ name: z.string(), profile: z.string().optional(), 'packages-install-path': z.string().optional() });
const output = z.looseObject({ type: z.string() });
const profile = z.looseObject({ target: z.string().optional(), outputs: z.record(z.string(), output) });
const profilesFile = z.record(z.string(), z.unknown());

/** The facts about a project and its profile that are needed before dbt starts. */
export interface DbtProject {
  readonly name: string;
  readonly profilesDir: string;
  readonly profile: string;
  /** the text of dbt_project.yml */
  readonly text: string;
  /** the texts of dbt_project.yml, profiles.yml and the files that name packages, for the variables that they name */
  readonly texts: readonly string[];
  /** null if the project needs none */
  readonly packages: DbtPackages | null;
  /** the profile's own target as written; it may be Jinja */
  readonly defaultTarget: string;
  readonly outputs: Readonly<Record<string, z.output<typeof output>>>;
}

/**
 * Reads dbt_project.yml and its profile.
 * @throws `dbt` with the path of a missing or wrong file
 */
export function readProject(projectDir: string, profilesDir: string | undefined, profileOption?: string): DbtProject {
  const projectPath = join(projectDir, 'dbt_project.yml');
  if (!existsSync(projectPath))
    throw new TributaryError(
      'dbt',
      `There is no dbt project in ${projectDir}: dbt_project.yml is missing. Set projectDir to the folder that holds it.`,
    );
  const [projectText, project] = readYaml(projectPath, projectFile);
  const folder = profilesDir ?? [projectDir, join(homedir(), '.dbt')].find((candidate) => existsSync(join(candidate, 'profiles.yml')));
  const profilesPath = folder && join(folder, 'profiles.yml');
  if (!folder || !profilesPath || !existsSync(profilesPath)) {
    const looked = profilesDir ?? `${projectDir} or ${join(homedir(), '.dbt')}`;
    throw new TributaryError('dbt', `There is no profiles.yml in ${looked}. Write one there, or set profilesDir to its folder.`);
  }
  const [profilesText, profiles] = readYaml(profilesPath, profilesFile);
  const name = profileOption ?? project.profile ?? 'default';
  const parsed = profile.safeParse(profiles[name]);
  if (!(name in profiles))
    throw new TributaryError(
      'dbt',
      `${profilesPath} has no profile "${name}" (it has: ${Object.keys(profiles).join(', ') || 'none'}). Add the profile, or correct its name in ${projectPath} or in the option "profile".`,
    );
  if (!parsed.success) throw wrong(`${profilesPath}, profile "${name}"`, parsed.error);
  const packages = readPackages(projectDir, project['packages-install-path']);
  return {
    name: project.name,
    profilesDir: folder,
    profile: name,
    text: projectText,
    texts: [projectText, profilesText, ...(packages?.texts ?? [])],
    packages,
    defaultTarget: parsed.data.target ?? 'default',
    outputs: parsed.data.outputs,
  };
}

function readYaml<Schema extends z.ZodType>(path: string, schema: Schema): [string, z.output<Schema>] {
  const text = readFileSync(path, 'utf8');
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new TributaryError('dbt', `${path} isn't valid YAML: ${messageOf(error)}`, { cause: error });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw wrong(path, parsed.error);
  return [text, parsed.data];
}

function wrong(where: string, error: z.ZodError): TributaryError {
  const issues = issuesOf(error);
  const text = issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ');
  return new TributaryError('dbt', `${where} is not what dbt expects: ${text}`, { facts: { issues } });
}
