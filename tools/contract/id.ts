import { z } from 'zod';

const id = <const Noun extends string>() => z.guid().brand<Noun>();

export const flowId = id<'FlowId'>();
export const deploymentId = id<'DeploymentId'>();
export const scheduleId = id<'ScheduleId'>();
export const flowRunId = id<'FlowRunId'>();
export const taskRunId = id<'TaskRunId'>();
export const stateId = id<'StateId'>();
export const workPoolId = id<'WorkPoolId'>();
export const workQueueId = id<'WorkQueueId'>();
export const workerId = id<'WorkerId'>();
export const leaseId = id<'LeaseId'>();

export type FlowId = z.output<typeof flowId>;
export type DeploymentId = z.output<typeof deploymentId>;
export type ScheduleId = z.output<typeof scheduleId>;
export type FlowRunId = z.output<typeof flowRunId>;
export type TaskRunId = z.output<typeof taskRunId>;
export type StateId = z.output<typeof stateId>;
export type WorkPoolId = z.output<typeof workPoolId>;
export type WorkQueueId = z.output<typeof workQueueId>;
export type WorkerId = z.output<typeof workerId>;
export type LeaseId = z.output<typeof leaseId>;
export type AnyId = FlowId | DeploymentId | ScheduleId | FlowRunId | TaskRunId | StateId | WorkPoolId | WorkQueueId | WorkerId | LeaseId;

/** Creates a random id. The type parameter chooses its type: `newId<FlowRunId>()`. */
export function newId<Id extends AnyId>(): Id {
  return crypto.randomUUID() as Id;
}
