import { nearest } from '@tributary/contract/nearest';
import { storageKinds } from '@tributary/contract/nouns/plan';
import { checkReset } from '@tributary/plan/projects';
import { z } from 'zod';

const list = z
  .union([z.string().min(1), z.array(z.string().min(1))])
  .transform((value) => [value].flat())
  .exactOptional();
// Nx leaves the text of --why=true as it is.
const flag = z.union([z.boolean(), z.stringbool({ truthy: ['true'], falsy: ['false'] })]).exactOptional();

export const optionsSchema = z.strictObject({
  engine: z.enum(['prefect', 'embedded']).exactOptional(),
  url: z.string().min(1).exactOptional(),
  why: flag,
  takeOver: list,
  allowDeletes: z.int().min(1).exactOptional(),
  allowOlder: flag,
  reset: list.superRefine((fields, { addIssue }) => {
    for (const field of fields ?? []) {
      const problem = checkReset(field);
      if (problem !== undefined) addIssue(problem);
    }
  }),
  storage: z.enum(storageKinds).exactOptional(),
});
export type TargetOptions = z.infer<typeof optionsSchema>;

/** What each option takes. */
const values: Readonly<Record<string, string>> = {
  engine: 'prefect or embedded',
  url: 'one URL such as http://127.0.0.1:4200/api',
  why: 'true or false',
  takeOver: 'the id of a workspace such as acme/data, or a list of them',
  allowDeletes: 'a whole number of at least 1',
  allowOlder: 'true or false',
  storage: 'git or folder',
  reset: 'a field such as paused, a list of them, or all',
};

/** Options of Nx itself. A mistyped one reaches the executor. */
const optionsOfNx = ['batch', 'configuration', 'exclude', 'parallel', 'projects', 'verbose'];

/**
 * Checks the options in one place. Nx would check them too, but prints a stack for those of a batch executor.
 * @param owner the project that defines the options; undefined for the command line
 * @returns a sentence for users
 */
export function findOptionProblem(options: Readonly<Record<string, unknown>>, owner: string | undefined): string | undefined {
  // Most targets have no options, and a schema costs as much when it is first used as the imports of ten files.
  if (Object.keys(options).length === 0) return undefined;
  const issue = optionsSchema.safeParse(options).error?.issues[0];
  if (!issue) return undefined;
  const print = (name: string): string => (owner === undefined ? `--${kebabCase(name)}` : `"${name}"`);
  const place = owner === undefined ? '' : ` in the targets of project ${owner}`;
  if (issue.code === 'unrecognized_keys') {
    const [name = ''] = issue.keys;
    if (name === '_')
      return `Unexpected argument "${String([options['_']].flat()[0])}". Name an integration by its project: npx nx deploy ints-dbt`;
    const known = owner === undefined ? [...Object.keys(values), ...optionsOfNx] : Object.keys(values);
    return `Unknown option ${print(name)}${place}.${suggest(name, known, print)}`;
  }
  const name = String(issue.path[0]);
  if (issue.code === 'custom') return `Option ${print(name)}${place}: ${issue.message}`;
  const near = issue.code === 'invalid_value' ? suggest(String(options[name]), issue.values.map(String), (text) => `"${text}"`) : '';
  // A URL isn't repeated, because it may contain a password.
  const value = name === 'url' ? '' : `, not ${JSON.stringify(options[name])}`;
  return `Option ${print(name)}${place} needs ${values[name]}${value}.${near}`;
}

/**
 * Says that targets lack a configuration.
 * @param targets such as `ints-dbt:deploy`
 * @param known the configurations of the other targets too
 */
export function printUnknownConfiguration(name: string, targets: readonly string[], known: readonly string[]): string {
  const [first = '', ...others] = targets;
  const where = others.length === 0 ? first : `${first} and ${others.length} more`;
  const advice = `Configurations for all integrations are defined in the package.json of the root, as nx.targets.${first.split(':')[1]}.configurations.`;
  return `Unknown configuration "${name}" of ${where}.${suggest(name, known, (text) => `"${text}"`) || ` ${advice}`}`;
}

/** Reads options of the command line, where Nx leaves `--take-over` as it is. */
export function camelCaseOptions(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()), value]),
  );
}

function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function suggest(wanted: string, known: readonly string[], print: (name: string) => string): string {
  const near = nearest(wanted, known);
  return near === undefined || near === wanted ? '' : ` Did you mean ${print(near)}?`;
}
