import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

import type { ExecutorContext, PromiseExecutor, Task, TaskGraph } from '@nx/devkit';
import type { Verb } from '@tributary/plan/projects';

import type { Part } from './perform.ts';

/** Makes the executor that Nx calls without batches, once for each task in a process of its own. */
export function singly(verb: Verb): PromiseExecutor {
  return async (_options, context) => {
    enableCompileCache(join(context.root, '.nx', 'compile-cache'));
    const tasks = Object.values(context.taskGraph?.tasks ?? {}).filter(
      ({ target }) => target.project === context.projectName && target.target === context.targetName,
    );
    let success = true;
    for await (const part of run(verb, tasks, context)) {
      process.stdout.write(part.output);
      success &&= part.success;
    }
    return { success };
  };
}

/** Makes an executor for all tasks that Nx runs together, in one process. */
export function together(verb: Verb): BatchExecutor {
  return async function* batch({ tasks }, _inputs, _overrides, context) {
    const incomplete = new Map<string, Part[]>();
    for await (const part of run(verb, Object.values(tasks), context)) {
      if (part.whole) yield resultOf(part.task, [part]);
      else incomplete.set(part.task, [...(incomplete.get(part.task) ?? []), part]);
    }
    for (const [task, parts] of incomplete) yield resultOf(task, parts);
  };
}

type BatchExecutor = (taskGraph: TaskGraph, inputs: unknown, overrides: unknown, context: ExecutorContext) => AsyncGenerator<BatchResult>;

interface BatchResult {
  readonly task: Task['id'];
  readonly result: { readonly success: boolean; readonly terminalOutput: string };
}

/** Joins the parts of a task. The same sentence about several integrations is printed once. */
function resultOf(task: Task['id'], parts: readonly Part[]): BatchResult {
  const terminalOutput = [...new Set(parts.map(({ output }) => output))].join('');
  return { task, result: { success: parts.every(({ success }) => success), terminalOutput } };
}

/** Runs tasks. Node's compile cache is on already: without it, half of the time would go into loading the framework and the integrations. */
async function* run(verb: Verb, tasks: readonly Task[], context: ExecutorContext): AsyncGenerator<Part> {
  const { perform } = await import('./perform.ts');
  yield* perform(verb, tasks, context);
}
