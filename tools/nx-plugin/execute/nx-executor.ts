import type { ExecutorContext, PromiseExecutor, TaskGraph } from '@nx/devkit';

import { type EngineOptions, runProjects, type Verb } from './run-projects.ts';

/** An executor of one project, as Nx calls it without batches. */
export function singly(verb: Verb): PromiseExecutor<EngineOptions> {
  return async (options, context) => {
    const name = context.projectName ?? '';
    const outcomes = runProjects({ verb, projects: [projectOf(name, context)], root: context.root, options: pick(options), announce });
    let success = true;
    for await (const outcome of outcomes) {
      process.stdout.write(outcome.output);
      success &&= outcome.success;
    }
    return { success };
  };
}

/** An executor of all the projects that Nx runs together, in one process. */
export function together(verb: Verb): BatchExecutor {
  return async function* batch(taskGraph, inputs, _overrides, context) {
    const tasks = Object.values(taskGraph.tasks);
    const byProject = new Map(tasks.map((task) => [task.target.project, task.id]));
    const projects = [...byProject.keys()].map((name) => projectOf(name, context));
    const options = pick(inputs[tasks[0]?.id ?? ''] ?? {});
    for await (const outcome of runProjects({ verb, projects, root: context.root, options, announce }))
      yield { task: byProject.get(outcome.project.name) ?? '', result: { success: outcome.success, terminalOutput: outcome.output } };
  };
}

interface BatchResult {
  readonly success: boolean;
  readonly terminalOutput: string;
}

type BatchExecutor = (
  taskGraph: TaskGraph,
  inputs: Readonly<Record<string, EngineOptions>>,
  overrides: EngineOptions,
  context: ExecutorContext,
) => AsyncGenerator<{ readonly task: string; readonly result: BatchResult }>;

function projectOf(name: string, context: ExecutorContext): { name: string; root: string } {
  return { name, root: context.projectsConfigurations.projects[name]?.root ?? '' };
}

/** Nx adds options of its own. */
function pick({ engine, url }: EngineOptions): EngineOptions {
  return { ...(engine ? { engine } : {}), ...(url ? { url } : {}) };
}

function announce(line: string): void {
  process.stdout.write(`${line}\n`);
}
