import { z } from 'zod';

/** The version of the format of a plan, which `plan --json` prints and `--out` writes. A reader refuses other versions. */
export const planVersion = 2;

/** The field of a {@link planChange} whose values are folders: the one that the code was deployed from, and the one where it stands now. */
export const folderField = 'folder';

/** The field of a {@link planChange} whose values say where workers get the code: a folder, or a commit of a repository. */
export const storageField = 'storage';

/** Where deployments store the code for workers. `folder`: in the folder that it is deployed from; `git`: in a repository, at the commit of HEAD. */
export const storageKinds = ['folder', 'git'] as const;
export type StorageKind = (typeof storageKinds)[number];

/**
 * Why a deploy changes a field. `code`: the code changed it since the last deploy; `drift`: it changed on the engine, and belongs to the
 * code; `conflict`: both changed it, and it belongs to the code; `reset`: it changed on the engine, and the user gives it back to the code.
 */
export const changeReasons = ['code', 'drift', 'conflict', 'reset'] as const;

/** One change of a field, with both values as people read them; null for no value. */
export const planChange = z.object({
  /** for example `parameters.limit`, `schedule nightly`, `parameter pageSize` (of the flow) */
  field: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  reason: z.enum(changeReasons),
});
export type PlanChange = z.infer<typeof planChange>;

/** A field that people changed on the engine, and that a deploy keeps. Both values as people read them; null for no value. */
export const keptField = z.object({
  /** for example `paused`, `tags.urgent`, `schedule nightly active` */
  field: z.string(),
  live: z.string().nullable(),
  /** the value in the code */
  code: z.string().nullable(),
  /** whether the code changed the field too since the last deploy */
  conflict: z.boolean(),
});
export type KeptField = z.infer<typeof keptField>;

/** Who owns a deployment. A deployment from before workspaces had ids has no workspace. */
export const owner = z.object({ workspace: z.string().nullable(), project: z.string() });
export type Owner = z.infer<typeof owner>;

/** A part of a deployment's code that differs from the code of the last deploy. */
export const changedCode = z.object({
  /** a file, relative to the workspace, or a package with its version: `zod@4.6.7` */
  path: z.string(),
  change: z.enum(['added', 'changed', 'removed']),
  /** the files from deployments.ts to the part itself, each of which imports the next; only the part if no import leads to it */
  way: z.array(z.string()),
});
export type ChangedCode = z.infer<typeof changedCode>;

/** The code of a deployment. */
export const plannedCode = z.object({
  /** the hash of the deployment's closure, which is kept in the label `tributary.closure` */
  closure: z.string(),
  /** whether the closure differs from the one at the last deploy that updated the deployment */
  changed: z.boolean(),
  /** what changed since the last deploy that updated the deployment; null if that can't be known, for example because this clone lacks its commit */
  parts: z.array(changedCode).nullable(),
});
export type PlannedCode = z.infer<typeof plannedCode>;

/** What a deploy did with one deployment. */
export const appliedDeployment = z.object({
  /** `applied`: created or updated; `unchanged`: nothing was sent; `failed`: not applied; `refused`: nothing was sent, because of a finding */
  outcome: z.enum(['applied', 'unchanged', 'failed', 'refused']),
  /** why the deployment wasn't applied */
  reason: z.string().nullable(),
});
export type AppliedDeployment = z.infer<typeof appliedDeployment>;

/** What a deploy does with one deployment. */
export const deploymentPlan = z.object({
  /** `flow/deployment` */
  name: z.string(),
  action: z.enum(['create', 'update', 'unchanged', 'delete']),
  changes: z.array(planChange),
  /** the schedules in the code, as people read them */
  schedules: z.array(z.string()),
  /** what people changed on the engine and the deploy keeps */
  kept: z.array(keptField),
  /** the lists, such as `tags`, that are too long to be compared item by item: an item that the code dropped may look like one that people added */
  whole: z.array(z.string()),
  /** the owner before this deploy, if the deploy changes it; null if it doesn't, or nobody owned the deployment */
  owner: owner.nullable(),
  /** the name of the deployment that this deploy deletes and that the new one seems to be under another name */
  replaces: z.string().nullable(),
  /** how many waiting runs are deleted with the deployment */
  waiting: z.int(),
  /** the hash of the live deployment that the plan saw; null if there was none */
  seen: z.string().nullable(),
  /** null if the deployment is deleted */
  code: plannedCode.nullable(),
  /** what a deploy did; only in the output of a deploy */
  applied: appliedDeployment.optional(),
});
export type DeploymentPlan = z.infer<typeof deploymentPlan>;

export const findingCodes = [
  'broken_integration',
  'duplicate_name',
  'missing_parameter',
  'missing_deployment',
  'unknown_deployment',
  'other_pool_type',
  'unlisted_package',
  'stale_registry',
  'computed_import',
  'ignored_file',
  'unknown_file',
  'missing_file',
  'unparsed_file',
  'unmatched_input',
  'unreadable_lockfile',
  'no_git',
  'other_owner',
  'protected_deployment',
  'many_deletions',
  'older_code',
  'uncommitted_live',
  'kept_deployment',
  'unusable_repository',
  'uncommitted_code',
  'unfetchable_commit',
  'missing_secret',
  'code_in_submodule',
  'code_in_lfs',
  'broken_commit',
  'other_packages',
  'missing_submodule',
] as const;

/** A problem that a plan found before anything was sent. An error stops the deploy of its integration, or of all; a warning stops nothing. */
export const finding = z.object({
  code: z.enum(findingCodes),
  severity: z.enum(['error', 'warning']),
  /** what is wrong, and what to do */
  message: z.string(),
  /** relative to the workspace */
  file: z.string().nullable(),
  line: z.int().nullable(),
  /** the project, such as `ints-dbt`; null if the finding concerns all integrations */
  integration: z.string().nullable(),
  /** the command that mends it, if there is one */
  command: z.string().nullable(),
});
export type Finding = z.infer<typeof finding>;

/** What a deploy does with one integration. An integration with an error isn't deployed, and has no deployments. */
export const integrationPlan = z.object({
  /** the project, such as `ints-dbt` */
  name: z.string(),
  /** `ints/<name>`, relative to the workspace */
  root: z.string(),
  /** whether the integration is gone from the workspace, so that its deployments are deleted */
  removed: z.boolean(),
  deployments: z.array(deploymentPlan),
});
export type IntegrationPlan = z.infer<typeof integrationPlan>;

/** What a plan without an engine can't know. */
export const unknownFacts = ['drift', 'people', 'waiting_runs', 'owners', 'work_pools'] as const;

/** What a plan compares the code with: the deployments on an engine, or those that a commit declares. */
export const comparedWith = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['embedded', 'tributary', 'prefect']), url: z.string() }),
  z.object({
    kind: z.literal('commit'),
    /** the whole hash */
    commit: z.string(),
    /** the name by which the user called the commit, such as `main` */
    name: z.string(),
    unknown: z.array(z.enum(unknownFacts)),
  }),
]);
export type ComparedWith = z.infer<typeof comparedWith>;

/** What a deploy would do, for people, CI and GitHub. */
export const plan = z.object({
  version: z.literal(planVersion),
  engine: comparedWith,
  /** the id of the workspace */
  workspace: z.string(),
  integrations: z.array(integrationPlan),
  /** work pools and queues that the deploy creates, as `pool` and `pool/queue` */
  creates: z.object({ pools: z.array(z.string()), queues: z.array(z.string()) }),
  findings: z.array(finding),
  /** the deployments on the engine that this workspace doesn't own, with their owners; only if they were asked for */
  others: z.array(z.object({ name: z.string(), owner: owner.nullable() })),
  /** where the code is stored, if the user chose it for this plan instead of nx.json */
  storage: z.enum(storageKinds).optional(),
  /** the fields that the user gives back to the code, although people changed them on the engine; only if there are any */
  reset: z.array(z.string()).optional(),
  /** In the output of a deploy, what it did. `failed` counts integrations, because the deployments of a broken integration can't be counted. */
  tally: z.object({ create: z.int(), update: z.int(), unchanged: z.int(), delete: z.int(), failed: z.int() }),
});
export type Plan = z.infer<typeof plan>;
