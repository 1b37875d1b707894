import type { FlowRunId } from '@tributary/contract/id';
import { type JsonObject, writeJson } from '@tributary/contract/json';
import { type CarriedStateType, isTerminal } from '@tributary/contract/nouns/state';
import { shellWord } from '@tributary/contract/shell-word';

import type { Bond } from './bond.ts';
import type { Source } from './find-source.ts';

/** What the choice needs to know about a run. */
export interface RerunFacts {
  readonly id: FlowRunId;
  /** flow and name of the run */
  readonly label: string;
  readonly state_type: CarriedStateType | null;
  readonly state_name: string | null;
  /** `flow/deployment`; `none` for a run that no worker can start again */
  readonly deployment:
    | { readonly name: string; /** when it was changed since the run began */ readonly changed: string | null }
    | 'deleted'
    | 'none';
  /**
   * With `deleted`, a deploy is needed before a retry. `lost` is a deleted pool of a run on a Prefect server, where a retry never finds
   * another one.
   */
  readonly pool: 'exists' | 'deleted' | 'lost';
  readonly parameters: JsonObject;
  /** how the run's end belongs to that of the run before it in the list; null if it doesn't, or if there is none */
  readonly bond: Bond | null;
}

export interface RerunQuestion {
  /** the run in which the failure began, its parent, and so on up to the outermost run */
  readonly runs: readonly [RerunFacts, ...RerunFacts[]];
  /** why the first of the runs failed */
  readonly message: string | null;
  /** whether the failure is a child run that the server refused to create */
  readonly isChildRefused: boolean;
  /** the code in which the mistake may be; null if the failure names none */
  readonly mistake: Mistake | null;
}

/** A place in the code, and what makes it the code of the next attempt. */
interface Mistake extends Source {
  /** whether workers fetch the code from a Git repository, so that a deploy is needed */
  readonly isFetched: boolean;
  /** what the run had checked out, which stays the same in all its attempts: `https://github.com/acme/shop at 1a2b3c4d5e6f (main)` */
  readonly checkouts: readonly string[];
}

export interface Rerun {
  /** what to do before the command */
  readonly first: readonly string[];
  /** null if there is nothing to rerun, or if no command can rerun it */
  readonly command: string | null;
  /** what the command does, or why there is none */
  readonly effect: readonly string[];
}

/** Chooses one command that repeats what failed, and keeps what completed. */
export function chooseRerun(question: RerunQuestion): Rerun {
  const { runs } = question;
  const index = targetOf(runs);
  const target = runs[index] ?? runs[0];
  const parent = runs[index + 1];
  if (parent?.state_name === 'AwaitingRetry')
    return nothing(`Its parent ${parent.label} is retried by itself, and then gives ${target.label} another attempt.`);
  if (target.deployment === 'none')
    return nothing(`${target.label} has no deployment, so no worker can start it again. Run its script again.`);
  if (target.deployment === 'deleted')
    return { ...nothing('Then start a new run: npx tributary deployment run <flow>/<deployment>'), first: [deployAgain(target)] };
  const { name } = target.deployment;
  if (target.pool === 'lost') return newRun(target, name, deployPool(target));
  if (index === 0 && areRefused(question))
    return newRun(target, name, 'Correct the parameters in this command, because the flow refuses those of the run:');
  const retried = runs.slice(0, index + 1);
  return {
    first: mendFirst(question, retried),
    command: `npx tributary flow-run retry ${target.id}`,
    effect: [...effectOf(runs, index), ...retried.flatMap(newCode)],
  };
}

const deployAll = 'npx nx run-many -t deploy';

function nothing(why: string): Rerun {
  return { first: [], command: null, effect: [why] };
}

function deployAgain({ label }: RerunFacts): string {
  return `The deployment of ${label} was deleted. Deploy it again: ${deployAll}`;
}

function deployPool({ label }: RerunFacts): string {
  return `The work pool of ${label} was deleted, so no worker finds the run. Deploy it again: ${deployAll}`;
}

/** A new run with the same parameters, for a run that a retry can't help. */
function newRun({ parameters, label }: RerunFacts, deployment: string, first: string): Rerun {
  const given = Object.keys(parameters).length > 0 ? ` --params ${shellWord(writeJson(parameters))}` : '';
  return {
    first: [first],
    command: `npx tributary deployment run ${deployment}${given}`,
    effect: [`This starts a new run instead of ${label}.`],
  };
}

/** Whether the flow of the run in which the failure began refused the run's parameters. */
function areRefused({ message }: RerunQuestion): boolean {
  return /^The parameters of flow .* are not valid/.test(message ?? '');
}

/** What would make a retry fail in the same way. */
function mendFirst(question: RerunQuestion, retried: readonly RerunFacts[]): string[] {
  const { runs, message, isChildRefused } = question;
  const [began] = runs;
  const missing = /^There is no deployment "([^"]+)"/.exec(message ?? '')?.[1];
  if (missing) return [`Deploy "${missing}" (${deployAll}), or correct its name in the flow of ${began.label}.`];
  if (isChildRefused || /^The (parameters for|server refused a run of) deployment /.test(message ?? ''))
    return [`Correct what was refused, in the flow of ${began.label} or in the deployment that it runs, and deploy.`];
  if (areRefused(question))
    return [`Correct the parameters for ${began.label} in the flow of ${runs[1]?.label ?? began.label}, and deploy.`];
  const missed = retried.flatMap((run) => {
    if (run.deployment === 'deleted') return [deployAgain(run)];
    if (run.pool === 'lost') return [deployPool(run), `Then delete flow run ${run.id}, so that its parent creates another one.`];
    return run.pool === 'deleted' ? [deployPool(run)] : [];
  });
  return missed.length === 0 && question.mistake ? [correctCode(question.mistake)] : missed;
}

function correctCode({ place, of, isFetched, checkouts }: Mistake): string {
  const file = of === 'flow' ? place : `${place} in the dbt project`;
  if (of === 'dbt project' && checkouts.length > 0)
    return `If the mistake is in the code, correct ${file}. All attempts of a run use what it checked out first (${checkouts.join(', ')}): if the file is from there, push it and start a new run instead of this command.`;
  return `If the mistake is in the code, correct it first: ${file}.${isFetched ? ' Then push it, and deploy: npx tributary deploy' : ''}`;
}

function newCode({ deployment }: RerunFacts): string[] {
  if (typeof deployment === 'string' || !deployment.changed) return [];
  return [`Deployment ${deployment.name} was changed at ${deployment.changed}, after the run began: the new code will run.`];
}

/** The outermost run that ended with the failure. A run without a deployment ran in its parent's process, so only the parent can be retried. */
function targetOf(runs: RerunQuestion['runs']): number {
  const next = runs.findIndex((run, index) => {
    const parent = runs[index + 1];
    return !parent || !(parent.bond || (run.deployment === 'none' && parent.state_type !== 'RUNNING'));
  });
  return Math.max(0, next);
}

function effectOf(runs: RerunQuestion['runs'], index: number): string[] {
  const { label, bond } = runs[index] ?? runs[0];
  const [child, parent] = [runs[index - 1], runs[index + 1]];
  if (bond === 'cancelled child')
    return [`${runs[0].label} was cancelled with ${label}, whose next attempt keeps completed child runs, and continues the others.`];
  if (child && !bond) return [`${child.label} ran in the process of ${label}, whose next attempt runs it again.`];
  if (child)
    return [`${label} failed because of ${runs[0].label}. Its next attempt keeps completed child runs, and continues those that failed.`];
  return [...(parent ? [besides(parent)] : []), `The next attempt of ${label} runs its tasks again, and keeps completed child runs.`];
}

/** Says why the parent isn't the run to retry. */
function besides({ label, state_type: type, state_name: name }: RerunFacts): string {
  if (type === null || !isTerminal(type))
    return `Its parent ${label} is ${name ?? 'without a state'}, and may react to the failure itself.`;
  return `Its parent ${label} is ${name ?? type}, and didn't fail because of it.`;
}
