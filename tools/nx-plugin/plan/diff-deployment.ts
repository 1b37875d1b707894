import type { Deployment, DeploymentCreateInput } from '@tributary/contract/nouns/deployment';
import { labelNames } from '@tributary/contract/nouns/label';

import { type Change, jsonChanges, textChanges } from './json-changes.ts';
import { scheduleChanges } from './schedule-changes.ts';

/** The fields of the upsert that come from the code: all but the flow's id, which comes from the server. */
export type Wanted = Omit<DeploymentCreateInput, 'flow_id'>;

/** What happens to a deployment: it is created, updated or left alone. */
export type Verdict =
  | { readonly action: 'create' }
  | { readonly action: 'update'; readonly changes: readonly Change[] }
  | { readonly action: 'unchanged' };

/** Decides what applying `wanted` does to the live deployment of the same name. @param live undefined if it doesn't exist */
export function decideAction(wanted: Wanted, live: Deployment | undefined): Verdict {
  if (!live) return { action: 'create' };
  const changes = diff(wanted, live);
  return changes.length > 0 ? { action: 'update', changes } : { action: 'unchanged' };
}

/**
 * Lists what an upsert would change, field by field. Fields that the code leaves out and labels that others wrote don't change. A new commit
 * alone isn't a change, because each commit would then rewrite every deployment and its scheduled runs. So the label `tributary.commit` is
 * the commit that last changed the deployment.
 */
export function diff(wanted: Wanted, live: Deployment): Change[] {
  return [
    ...texts.flatMap((field) => (wanted[field] === undefined ? [] : textChanges(field, live[field], wanted[field]))),
    ...jsons.flatMap((field) => (wanted[field] === undefined ? [] : jsonChanges(field, live[field] ?? {}, wanted[field] ?? {}))),
    ...flags.flatMap((field) => (wanted[field] === undefined ? [] : jsonChanges(field, live[field], wanted[field]))),
    ...(wanted.concurrency_limit === undefined
      ? []
      : jsonChanges('concurrency_limit', live.global_concurrency_limit?.limit, wanted.concurrency_limit)),
    ...(wanted.concurrency_options === undefined
      ? []
      : jsonChanges('concurrency_options', live.concurrency_options ?? {}, wanted.concurrency_options ?? {})),
    ...(wanted.pull_steps === undefined ? [] : jsonChanges('pull_steps', live.pull_steps ?? [], wanted.pull_steps ?? [])),
    ...(wanted.tags === undefined ? [] : jsonChanges('tags', asSet(live.tags), asSet(wanted.tags))),
    ...labelChanges(wanted.labels ?? {}, live.labels ?? {}),
    // An upsert without schedules deletes the live schedules, so missing schedules are compared as an empty list.
    ...scheduleChanges(live.schedules, wanted.schedules ?? []),
  ];
}

const texts = ['description', 'version', 'path', 'entrypoint', 'work_pool_name', 'work_queue_name'] as const;
const jsons = ['parameters', 'parameter_openapi_schema', 'job_variables'] as const;
const flags = ['paused', 'enforce_parameter_schema'] as const;

function labelChanges(wanted: NonNullable<Wanted['labels']>, live: NonNullable<Deployment['labels']>): Change[] {
  return Object.keys(wanted)
    .filter((name) => name !== labelNames.commit)
    .flatMap((name) => jsonChanges(`labels.${name}`, live[name], wanted[name]));
}

function asSet(tags: readonly string[]): string[] {
  return [...new Set(tags)].toSorted();
}
