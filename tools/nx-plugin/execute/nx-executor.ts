import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';

import type { ExecutorContext, PromiseExecutor, TaskGraph } from '@nx/devkit';

import type { EngineOptions, Job, Outcome, Verb } from './run-projects.ts';

/** Makes the executor that Nx calls without batches, once for each project. */
export function singly(verb: Verb): PromiseExecutor<EngineOptions> {
  return async (options, context) => {
    const projects = [projectOf(context.projectName ?? '', context)];
    let success = true;
    for await (const outcome of run({ verb, projects, root: context.root, options: pick(options), announce })) {
      process.stdout.write(outcome.output);
      success &&= outcome.success;
    }
    return { success };
  };
}

/** Makes an executor for all projects that Nx runs together, in one process. */
export function together(verb: Verb): BatchExecutor {
  return async function* batch(taskGraph, inputs, _overrides, context) {
    const tasks = Object.values(taskGraph.tasks);
    const ids = new Map(tasks.map((task) => [task.target.project, task.id]));
    // A project.json may choose another engine for one integration.
    const groups = Map.groupBy(tasks, ({ id }) => JSON.stringify(pick(inputs[id] ?? {})));
    for (const group of groups.values()) {
      const projects = group.map(({ target }) => projectOf(target.project, context));
      const options = pick(inputs[group[0]?.id ?? ''] ?? {});
      for await (const { project, success, output } of run({ verb, projects, root: context.root, options, announce }))
        yield { task: ids.get(project.name) ?? '', result: { success, terminalOutput: output } };
    }
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

/** Runs with Node's compile cache, because half of the time would go into loading the framework and the integrations. */
async function* run(job: Job): AsyncGenerator<Outcome> {
  enableCompileCache(join(job.root, '.nx', 'compile-cache'));
  const { runProjects } = await import('./run-projects.ts');
  yield* runProjects(job);
  // Nx ends this process by a signal, before Node would write its cache.
  flushCompileCache();
}

function projectOf(name: string, context: ExecutorContext): { name: string; root: string } {
  return { name, root: context.projectsConfigurations.projects[name]?.root ?? '' };
}

/** Drops the options that Nx adds. */
function pick({ engine, url }: EngineOptions): EngineOptions {
  return { ...(engine ? { engine } : {}), ...(url ? { url } : {}) };
}

function announce(line: string): void {
  process.stdout.write(`${line}\n`);
}
