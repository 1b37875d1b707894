import type { Deployment, DeploymentCreateInput } from '@tributary/contract/nouns/deployment';

import type { Field } from './field.ts';
import { jsonChanges, printJson, printText, textChanges } from './json-changes.ts';
import { isEqual, normal } from './normal.ts';
import { plainSchema } from './other-changes.ts';
import { parameterChanges } from './parameter-changes.ts';
import { stepChanges } from './steps.ts';

/** The fields of the upsert that come from the code: all but the flow's id, which comes from the server. */
export type Wanted = Omit<DeploymentCreateInput, 'flow_id'>;

/** What is compared of a live deployment. */
export type Live = Omit<Partial<Deployment>, 'tags' | 'schedules' | 'paused'> & Pick<Deployment, 'tags' | 'schedules' | 'paused'>;

export const textNames = ['description', 'version', 'path', 'entrypoint', 'work_pool_name', 'work_queue_name'] as const;
type TextName = (typeof textNames)[number];

/** Text that is shown without quotes. Empty text equals missing text. */
export function textField(name: TextName, code: string | null, live: string | null | undefined, keepLive: readonly string[]): Field {
  return {
    name,
    owner: keepLive.includes(name) ? 'people' : 'code',
    isOptional: true,
    code: normal(code),
    live: normal(live),
    // A server may leave out the default queue.
    ...(name === 'work_queue_name' ? { fallback: 'default' } : {}),
    changes: () => textChanges(name, live, code),
    print: (side) => printText(side === 'live' ? live : code),
  };
}

/** The fields that only the code sets, as far as it says anything about them. */
export function codeFields(wanted: Wanted, live: Live): Field[] {
  const { enforce_parameter_schema: isEnforced, parameter_openapi_schema: schema, pull_steps: steps } = wanted;
  return [
    ...(isEnforced === undefined ? [] : [plainField('enforce_parameter_schema', isEnforced, live.enforce_parameter_schema)]),
    ...(schema === undefined ? [] : [schemaField(schema ?? {}, live.parameter_openapi_schema ?? {})]),
    ...(steps === undefined ? [] : [stepsField(steps ?? [], live.pull_steps ?? [])]),
  ];
}

export type PeoplesName = 'paused' | 'concurrency_limit' | 'concurrency_options';

/** A field that people may change, also where the code says nothing about it. */
export function peoplesField(name: PeoplesName, wanted: Wanted, live: Live): Field {
  const values = {
    paused: [wanted.paused, live.paused, false],
    // Servers store the limit as a global limit.
    concurrency_limit: [wanted.concurrency_limit, live.global_concurrency_limit?.limit, undefined],
    concurrency_options: [wanted.concurrency_options, live.concurrency_options, { collision_strategy: 'ENQUEUE' }],
  } as const satisfies Record<PeoplesName, readonly unknown[]>;
  const [code, given, fallback] = values[name];
  return { ...plainField(name, code, given), owner: 'people', fallback, changes: () => jsonChanges(name, given, code ?? fallback) };
}

function plainField(name: string, code: unknown, live: unknown): Field {
  return {
    name,
    owner: 'code',
    code: normal(code),
    live: normal(live),
    changes: () => jsonChanges(name, live, code),
    print: (side) => printJson(side === 'live' ? live : code),
  };
}

function schemaField(code: unknown, live: unknown): Field {
  const plain = plainSchema(code);
  // Most schemas are as the code has them.
  return {
    ...plainField('parameter_openapi_schema', plain, isEqual(code, live) ? plain : plainSchema(live)),
    changes: () => parameterChanges(live, code),
  };
}

function stepsField(code: readonly unknown[], live: readonly unknown[]): Field {
  return { ...plainField('pull_steps', code, live), changes: () => stepChanges(live, code) };
}
