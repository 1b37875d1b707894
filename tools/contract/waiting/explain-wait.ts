import type { Timestamp } from '../moment.ts';
import { codeStates } from '../nouns/code.ts';
import { mostHolders, type Waiting } from '../nouns/waiting.ts';
import { commands, workerCommand } from './commands.ts';
import type { FoundCode, Held, WaitFacts } from './facts.ts';
import { capital, explainLimit, type Explanation } from './explain-limit.ts';

/** Says why a run waits and what to do. @param held who holds the slots or keeps the workers busy; `heldByNobody` for other codes */
export function explainWait(facts: WaitFacts, code: FoundCode, held: Held): Waiting {
  const { sentence, cure, code: found = code } = explain(facts, code, held);
  return { id: facts.run.id, code: found, sentence, cure, holders: held.holders.slice(0, mostHolders), holder_count: held.count };
}

function explain({ run, pool, queue, deployment, asked }: WaitFacts, code: FoundCode, held: Held): Explanation {
  const poolName = pool?.name ?? '?';
  const queueName = queue?.name ?? '?';
  const inPool = `work pool "${poolName}"`;
  const inQueue = `work queue "${queueName}" of ${inPool}`;
  const resume = run.wantsInput ? `${commands.inspectRun(run.id)} shows how` : commands.resumeRun(run.id);
  switch (code) {
    case 'not-due':
      return because(`The run is scheduled for ${shown(run.due)}.`);
    case 'retry-delay':
      return run.state_name === codeStates.awaiting
        ? because(`The run's code could not be fetched. A worker tries again at ${shown(run.due)}.`)
        : because(`The run is retried at ${shown(run.due)}.`);
    case 'no-pool':
      return because(
        "The run has no work pool, so workers don't claim it.",
        deployment
          ? `Deploy ${deployment.name} again, and create another run of it.`
          : `Create a run of a deployment instead: npx tributary deployment run FLOW/DEPLOYMENT`,
      );
    case 'pool-paused':
      return because(`${capital(inPool)} is paused.`, `Resume it: ${commands.resumePool(poolName)}`);
    case 'queue-paused':
      return because(`${capital(inQueue)} is paused.`, `Resume it: ${commands.resumeQueue(poolName, queueName)}`);
    case 'no-worker':
      return noWorker(pool, queue, inPool, inQueue);
    case 'pool-limit':
      return explainLimit(capital(inPool), pool?.slots ?? null, held, {
        raise: (limit) => commands.limitPool(poolName, limit),
        instead: `deploy ${deployment?.name ?? 'the child'} to another work pool`,
      });
    case 'queue-limit':
      return explainLimit(capital(inQueue), queue?.slots ?? null, held, {
        raise: (limit) => commands.limitQueue(poolName, queueName, limit),
        instead: 'give the run a work queue of its own (option queue of runDeployment)',
      });
    case 'deployment-limit':
      return explainLimit(`Deployment ${deployment?.name ?? '?'}`, deployment?.slots ?? null, held, {
        raise: (limit) => (deployment ? commands.limitDeployment(deployment.id, limit) : null),
        instead: null,
      });
    case 'workers-busy':
      // Waiting for a worker doesn't help then: each of these runs may wait for the next one.
      if (held.parents > 0 && held.parents === held.count)
        return because(
          `The workers of ${inPool} hold ${held.count === 1 ? '1 run, which is a parent' : `${held.count} runs, and all of them are parents`} of the run.`,
          pool && `Start another worker, or one with a higher --limit: ${workerCommand(pool)}`,
        );
      return because(
        `The workers of ${inPool} are busy with ${held.count === 1 ? '1 run' : `${held.count} runs`}.`,
        pool && `Wait for a worker, or start another one: ${workerCommand(pool)}`,
      );
    case 'offered':
      return because(`The run is offered to the workers of ${inPool}.`);
    case 'pending':
      return because(`${run.worker === null ? 'A worker' : `Worker "${run.worker}"`} is ${doing(run)}.`);
    case 'concurrency-limit':
      return explainLimit(`Concurrency limit "${asked?.name ?? '?'}"`, asked?.slots ?? null, held, {
        raise: (limit) => asked && commands.raiseLimit(asked.name, limit),
        instead: null,
      });
    case 'paused':
    case 'suspended':
      return because(`The run is ${code} until it is resumed${run.wantsInput ? ' with input' : ''}.`, `Resume it: ${resume}`);
    case 'running':
      return because('The run is running.');
    case 'cancelling':
      return because('The run is being cancelled.');
    case 'ended':
      return because(`The run has ended as ${run.state_name ?? run.state_type ?? '?'}.`);
  }
}

function noWorker(pool: WaitFacts['pool'], queue: WaitFacts['queue'], inPool: string, inQueue: string): Explanation {
  if (!pool?.workersOnline || !queue)
    return because(`No worker of ${inPool} is online.`, pool ? `Start one: ${workerCommand(pool)}` : null);
  return because(`No worker takes runs from ${inQueue}.`, `Start one: ${commands.workerOfQueue(pool, queue.name)}`);
}

function because(sentence: string, cure: string | null = null): Explanation {
  return { sentence, cure };
}

function shown(moment: Timestamp | null): string {
  return moment ? `${moment.slice(0, 19).replace('T', ' ')} UTC` : 'later';
}

/** The answer for an id without a run. */
export function unknownRun(id: Waiting['id']): Waiting {
  return {
    id,
    code: 'unknown-run',
    sentence: 'The server has no flow run with this id.',
    cure: 'List the runs: npx tributary flow-run ls',
    holders: [],
    holder_count: 0,
  };
}

/** What the worker of a pending run does. */
function doing({ state_name }: WaitFacts['run']): string {
  return state_name === codeStates.fetching ? "fetching the run's code" : 'starting the run';
}
