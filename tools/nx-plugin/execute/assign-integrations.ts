import type { ProjectConfiguration, TargetConfiguration, Task } from '@nx/devkit';
import type { Project } from '@tributary/plan/project';

/** An integration or the root project, and the task that plans or deploys it. */
export interface Assignment {
  readonly task: Task;
  readonly project: Project;
  /** the targets whose options count: that of the root project, then the integration's own, which wins */
  readonly targets: readonly OwnedTarget[];
}

interface OwnedTarget {
  /** the project's name */
  readonly owner: string;
  readonly target: TargetConfiguration;
}

/**
 * Assigns each integration to one task: its own or, if it has none, the task of the root project. So `nx run-many -t deploy` deploys each
 * integration once, and `nx run tributary:deploy` deploys all.
 * @param tasks the tasks of one executor
 * @param projects all projects by name
 * @param excluded the names of projects that get no task
 */
export function assignIntegrations(
  tasks: readonly Task[],
  projects: Readonly<Record<string, ProjectConfiguration>>,
  excluded: readonly string[] = [],
): Assignment[] {
  const rootName = findRootName(projects);
  return [...Map.groupBy(tasks, ({ target }) => target.target)].flatMap(([name, group]) => {
    const tasksByProject = new Map(group.map((task) => [task.target.project, task]));
    const executor = projects[group[0]?.target.project ?? '']?.targets?.[name]?.executor;
    const owned = (owner = ''): OwnedTarget[] => ownedTargets(projects, owner, { name, executor });
    const byName = Object.entries(projects).toSorted(([one], [other]) => (one < other ? -1 : 1));
    return byName.flatMap(([integration, project]) => {
      const targets = owned(integration);
      if (integration === rootName || targets.length === 0) return [];
      const task = tasksByProject.get(integration) ?? (excluded.includes(integration) ? undefined : tasksByProject.get(rootName ?? ''));
      return task ? [{ task, project: { name: integration, root: project.root }, targets: [...owned(rootName), ...targets] }] : [];
    });
  });
}

/**
 * Assigns what belongs to no integration to the task of the root project: the deployments of removed integrations.
 * @returns undefined if the run has no such task, or leaves out an integration
 */
export function assignWorkspace(
  tasks: readonly Task[],
  projects: Readonly<Record<string, ProjectConfiguration>>,
  excluded: readonly string[] = [],
): Assignment | undefined {
  const rootName = findRootName(projects);
  const task = tasks.find(({ target }) => target.project === rootName);
  if (!task || rootName === undefined) return undefined;
  const name = task.target.target;
  const executor = projects[rootName]?.targets?.[name]?.executor;
  const owned = (owner: string): OwnedTarget[] => ownedTargets(projects, owner, { name, executor });
  if (excluded.some((integration) => owned(integration).length > 0)) return undefined;
  return { task, project: { name: rootName, root: '.' }, targets: owned(rootName) };
}

function findRootName(projects: Readonly<Record<string, ProjectConfiguration>>): string | undefined {
  return Object.keys(projects).find((name) => projects[name]?.root === '.');
}

/** The target of a project, if it has this executor. */
function ownedTargets(
  projects: Readonly<Record<string, ProjectConfiguration>>,
  owner: string,
  { name, executor }: { readonly name: string; readonly executor: string | undefined },
): OwnedTarget[] {
  const target = projects[owner]?.targets?.[name];
  return target && target.executor === executor ? [{ owner, target }] : [];
}
