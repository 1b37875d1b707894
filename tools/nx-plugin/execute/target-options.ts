import type { Assignment } from './assign-integrations.ts';
import { camelCaseOptions, findOptionProblem, optionsSchema, printUnknownConfiguration, type TargetOptions } from './check-options.ts';

/** Options, and the place where they stand. */
interface Layer {
  /** the project; undefined for the command line */
  readonly owner?: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * The options for an integration: those of the root project's target, its own target's, and the command line's. Later ones win. In each
 * target, the options of the configuration win over the others.
 * @param configuration the configuration that the command line names
 */
export function optionsOf(assignment: Assignment, configuration: string | undefined): TargetOptions {
  return optionsSchema.parse(Object.assign({}, ...layersOf(assignment, configuration).map(({ options }) => options)));
}

/** Finds the first unknown configuration, unknown option or wrong value of any integration. @returns a sentence for users */
export function findProblem(assignments: readonly Assignment[], configuration: string | undefined): string | undefined {
  const lacking = Map.groupBy(assignments, (assignment) => lackedConfiguration(assignment, configuration));
  for (const [name, group] of lacking) {
    if (name === undefined) continue;
    const targets = group.map(({ task, project }) => `${project.name}:${task.target.target}`);
    return printUnknownConfiguration(name, targets, assignments.flatMap(configurationsOf));
  }
  for (const { owner, options } of assignments.flatMap((assignment) => layersOf(assignment, configuration))) {
    const problem = findOptionProblem(options, owner);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function layersOf(assignment: Assignment, requested: string | undefined): Layer[] {
  const { task, targets } = assignment;
  const configuration = chosenConfiguration(assignment, requested) ?? '';
  const { __overrides_unparsed__: _, ...overrides } = task.overrides;
  return [
    ...targets.flatMap(({ owner, target: { options = {}, configurations = {} } }) => [
      { owner, options },
      { owner, options: configurations[configuration] ?? {} },
    ]),
    { options: camelCaseOptions(overrides) },
  ];
}

function lackedConfiguration(assignment: Assignment, requested: string | undefined): string | undefined {
  const chosen = chosenConfiguration(assignment, requested);
  return chosen !== undefined && configurationsOf(assignment).includes(chosen) ? undefined : chosen;
}

function chosenConfiguration({ task, targets }: Assignment, requested: string | undefined): string | undefined {
  return (
    requested ??
    task.target.configuration ??
    targets.findLast(({ target }) => target.defaultConfiguration !== undefined)?.target.defaultConfiguration
  );
}

function configurationsOf({ targets }: Assignment): string[] {
  return targets.flatMap(({ target }) => Object.keys(target.configurations ?? {}));
}
