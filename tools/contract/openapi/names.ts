import type { z } from 'zod';

import { artifact, artifactCreate, artifactUpdate } from '../nouns/artifact.ts';
import { blockDocument, blockDocumentCreate, blockDocumentUpdate, blockSchema, blockType } from '../nouns/block.ts';
import {
  concurrencyLimit,
  concurrencyLimitCreate,
  concurrencyLimitUpdate,
  grantedLease,
  grantedLimit,
  leaseRequest,
  slotsRequest,
  slotsReturn,
} from '../nouns/concurrency.ts';
import { deployment, deploymentCreate, deploymentUpdate } from '../nouns/deployment.ts';
import { event } from '../nouns/event.ts';
import { deploymentFilter, flowFilter, flowRunFilter, logFilter, taskRunFilter, workPoolFilter } from '../nouns/filter.ts';
import { deploymentFlowRunCreate, flowRun, flowRunCreate, flowRunPolicy, flowRunUpdate } from '../nouns/flow-run.ts';
import { flowRunInput, flowRunInputCreate } from '../nouns/flow-run-input.ts';
import { flow, flowCreate } from '../nouns/flow.ts';
import { flowRunGraph, graphNode } from '../nouns/graph.ts';
import { log, logCreate } from '../nouns/log.ts';
import { orchestrationResult } from '../nouns/orchestration.ts';
import { deploymentSchedule, scheduleCreate, scheduleUpdate } from '../nouns/schedule.ts';
import { state, stateDetails, stateProposal } from '../nouns/state.ts';
import { taskRun, taskRunCreate } from '../nouns/task-run.ts';
import { variable, variableCreate, variableUpdate } from '../nouns/variable.ts';
import {
  scheduledRun,
  worker,
  workerHeartbeat,
  workPool,
  workPoolCreate,
  workPoolUpdate,
  workQueue,
  workQueueCreate,
  workQueueUpdate,
} from '../nouns/work-pool.ts';

/** Nouns that answers share. */
export const answerNames: Readonly<Record<string, z.ZodType>> = {
  Artifact: artifact,
  BlockDocument: blockDocument,
  BlockSchema: blockSchema,
  BlockType: blockType,
  ConcurrencyLimit: concurrencyLimit,
  Deployment: deployment,
  DeploymentSchedule: deploymentSchedule,
  Flow: flow,
  FlowRun: flowRun,
  FlowRunGraph: flowRunGraph,
  FlowRunInput: flowRunInput,
  GrantedLease: grantedLease,
  GrantedLimit: grantedLimit,
  GraphNode: graphNode,
  Log: log,
  OrchestrationResult: orchestrationResult,
  ScheduledRun: scheduledRun,
  State: state,
  StateDetails: stateDetails,
  TaskRun: taskRun,
  Variable: variable,
  WorkPool: workPool,
  WorkQueue: workQueue,
  Worker: worker,
};

/** Nouns that bodies share. They have names of their own, because a body may leave out what an answer always has. */
export const bodyNames: Readonly<Record<string, z.ZodType>> = {
  ArtifactCreate: artifactCreate,
  ArtifactUpdate: artifactUpdate,
  BlockDocumentCreate: blockDocumentCreate,
  BlockDocumentUpdate: blockDocumentUpdate,
  ConcurrencyLimitCreate: concurrencyLimitCreate,
  ConcurrencyLimitUpdate: concurrencyLimitUpdate,
  DeploymentCreate: deploymentCreate,
  DeploymentFilter: deploymentFilter,
  DeploymentFlowRunCreate: deploymentFlowRunCreate,
  DeploymentUpdate: deploymentUpdate,
  Event: event,
  FlowCreate: flowCreate,
  FlowFilter: flowFilter,
  FlowRunCreate: flowRunCreate,
  FlowRunFilter: flowRunFilter,
  FlowRunInputCreate: flowRunInputCreate,
  FlowRunPolicy: flowRunPolicy,
  FlowRunUpdate: flowRunUpdate,
  LeaseRequest: leaseRequest,
  LogCreate: logCreate,
  LogFilter: logFilter,
  ScheduleCreate: scheduleCreate,
  ScheduleUpdate: scheduleUpdate,
  SlotsRequest: slotsRequest,
  SlotsReturn: slotsReturn,
  StateProposal: stateProposal,
  TaskRunCreate: taskRunCreate,
  TaskRunFilter: taskRunFilter,
  VariableCreate: variableCreate,
  VariableUpdate: variableUpdate,
  WorkPoolCreate: workPoolCreate,
  WorkPoolFilter: workPoolFilter,
  WorkPoolUpdate: workPoolUpdate,
  WorkQueueCreate: workQueueCreate,
  WorkQueueUpdate: workQueueUpdate,
  WorkerHeartbeat: workerHeartbeat,
};
