import type { ExecutorContext, Task } from '@nx/devkit';
import { runProjects, type Verb } from '@tributary/plan/projects';

import { type Assignment, assignIntegrations, assignWorkspace } from './assign-integrations.ts';
import type { TargetOptions } from './check-options.ts';
import { readNxCommand } from './nx-command.ts';
import { findProblem, optionsOf } from './target-options.ts';

/** The outcome of a task, or of one integration of the root project's task. */
export interface Part {
  /** the task's id */
  readonly task: Task['id'];
  /** whether this is the task's only part */
  readonly whole: boolean;
  readonly success: boolean;
  /** lines for users, each with a line break at its end */
  readonly output: string;
}

/**
 * Plans or deploys the integrations of the tasks of this process. The process with the task of the root project also deletes the deployments of
 * removed integrations. If any task of the run has a wrong option or configuration, nothing is sent.
 * @param tasks all of the run's tasks, or one of them if Nx runs without batches
 */
export async function* perform(verb: Verb, tasks: readonly Task[], context: ExecutorContext): AsyncGenerator<Part> {
  const { configuration, excluded } = readNxCommand(process.env);
  const run = [tasksOf(verb, context), context.projectsConfigurations.projects, await projectsLike(excluded, context)] as const;
  const assignments = assignIntegrations(...run);
  const workspace = assignWorkspace(...run);
  const problem = findProblem(assignments.length > 0 || !workspace ? assignments : [workspace], configuration);
  if (problem !== undefined) {
    for (const { id } of tasks) yield { task: id, whole: true, success: false, output: id === tasks[0]?.id ? `${problem}\n` : '' };
    return;
  }
  const busy = new Set(assignments.map(({ task }) => task.id));
  const idle = busy.size > 0 ? `Tasks of their own ${verb} the integrations in this run.\n` : `There is no integration to ${verb}.\n`;
  for (const { id } of tasks) if (!busy.has(id)) yield { task: id, whole: id !== workspace?.task.id, success: true, output: idle };
  const ids = new Set(tasks.map(({ id }) => id));
  const own = assignments.filter(({ task }) => ids.has(task.id));
  const here = workspace && ids.has(workspace.task.id) ? workspace : undefined;
  // An integration may have options of its own, such as another engine.
  const groups = Map.groupBy([...own, ...(here ? [here] : [])], (one) =>
    JSON.stringify([one.task.target.target, optionsOf(one, configuration)]),
  );
  for (const [first, ...more] of groups.values()) {
    if (first)
      yield* performGroup(verb, [first, ...more], { root: context.root, options: optionsOf(first, configuration), workspace: here });
  }
}

interface GroupOptions {
  readonly root: string;
  readonly options: TargetOptions;
  /** the assignment of the root project, if it is one of this process */
  readonly workspace: Assignment | undefined;
}

/** Plans or deploys integrations with the same options, and the whole workspace if the root project is among them. */
async function* performGroup(
  verb: Verb,
  group: readonly Assignment[],
  { root, options: given, workspace }: GroupOptions,
): AsyncGenerator<Part> {
  const { engine, url, why = false, takeOver = [], allowDeletes = 0, allowOlder = false, reset = [], storage = null } = given;
  const everything = workspace !== undefined && group.includes(workspace);
  const projects = group.filter((one) => one !== workspace).map(({ project }) => project);
  const options = { ...(engine ? { engine } : {}), ...(url === undefined ? {} : { url }) };
  const policy = { everything, takeOver, allowDeletes, allowOlder, reset, storage };
  const tasks = new Map(group.map(({ project, task }) => [project.name, task]));
  for await (const { project, success, output } of runProjects({ verb, projects, root, options, policy, why, announce })) {
    // A removed integration has no task.
    const task = (project && tasks.get(project.name)) ?? workspace?.task;
    if (task) yield { task: task.id, whole: task.target.project === project?.name, success, output };
  }
}

/** The tasks of the whole run that have this executor. */
function tasksOf(verb: Verb, { taskGraph, projectsConfigurations: { projects } }: ExecutorContext): Task[] {
  return Object.values(taskGraph?.tasks ?? {}).filter(
    ({ target }) => projects[target.project]?.targets?.[target.target]?.executor === `@tributary/nx-plugin:${verb}`,
  );
}

/** The projects that Nx's patterns match, such as `ints-*` or `tag:legacy`. */
async function projectsLike(patterns: readonly string[], { projectGraph }: ExecutorContext): Promise<string[]> {
  if (patterns.length === 0) return [];
  const { findMatchingProjects } = await import('@nx/devkit/internal');
  return findMatchingProjects([...patterns], projectGraph.nodes);
}

function announce(line: string): void {
  process.stdout.write(`${line}\n`);
}
