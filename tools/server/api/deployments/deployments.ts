import { deploymentId, type DeploymentId, scheduleId } from '@tributary/contract';
import type { deploymentRoutes } from '@tributary/contract/routes/deployments';

import { makeRuns } from '../../schedule/make-runs.ts';
import { settled } from '../../schedule/settle-schedule.ts';
import type { Database } from '../../store/database/database.ts';
import { deleteDeployment } from '../../store/deployments/delete-deployment.ts';
import { hasRow } from '../../store/database/has-row.ts';
import { findDeployment, readDeployment, readSchedules } from '../../store/deployments/read-deployments.ts';
import { deleteSchedule, insertSchedule } from '../../store/deployments/schedules.ts';
import { deleteFutureRuns } from '../../store/runs/unstarted-runs.ts';
import { updateRow } from '../../store/database/update-row.ts';
import type { Transaction } from '../../store/database/write.ts';
import { checkSchedules, updateDeployment, upsertDeployment } from './apply-deployment.ts';
import type { Handlers } from '../handler.ts';
import { readId } from '../request/read-id.ts';
import { conflict, notFound } from '../refusal.ts';
import { runDeployment } from './run-deployment.ts';
import { updateSchedule } from './update-schedule.ts';

export const deploymentHandlers: Handlers<typeof deploymentRoutes> = {
  createDeployment: {
    write: (tx, { body }) => {
      const { deployment, created } = upsertDeployment(tx, body);
      return { status: created ? 201 : 200, body: deployment };
    },
  },
  readDeployment: {
    read: (database, { path, at }) => {
      const deployment = readDeployment(database, readId(deploymentId, path.id), at);
      if (!deployment) throw notFound('Deployment not found');
      return { status: 200, body: deployment };
    },
  },
  readDeploymentByName: {
    read: (database, { path, at }) => {
      const id = findDeployment(database, path.flow, path.deployment);
      const deployment = id && readDeployment(database, id, at);
      if (!deployment) throw notFound(`Deployment "${path.flow}/${path.deployment}" not found`);
      return { status: 200, body: deployment };
    },
  },
  updateDeployment: {
    write: (tx, { path, body }) => {
      updateDeployment(tx, readId(deploymentId, path.id), body);
      return { status: 204, body: undefined };
    },
  },
  deleteDeployment: {
    write: (tx, { path }) => {
      if (!deleteDeployment(tx, readId(deploymentId, path.id))) throw notFound('Deployment not found');
      return { status: 204, body: undefined };
    },
  },
  filterDeployments: { query: true },
  paginateDeployments: { query: true },
  countDeployments: { query: true },
  pauseDeployment: { write: (tx, { path }) => setPaused(tx, readId(deploymentId, path.id), true) },
  resumeDeployment: { write: (tx, { path }) => setPaused(tx, readId(deploymentId, path.id), false) },
  readSchedules: {
    read: (database, { path }) => ({ status: 200, body: readSchedules(database, requireDeployment(database, path.id)) }),
  },
  createSchedules: {
    write: (tx, { path, body }) => {
      const id = requireDeployment(tx, path.id);
      checkSchedules(body);
      const taken = new Set(readSchedules(tx, id).map(({ slug }) => slug));
      const duplicate = body.find(({ slug }) => slug && taken.has(slug));
      if (duplicate) throw conflict(`A schedule with the slug "${duplicate.slug ?? ''}" already exists.`);
      const now = tx.now();
      const made = new Set(body.map((schedule) => insertSchedule(tx, id, settled(schedule, now), now)));
      for (const schedule of made) makeRuns(tx, id, now, schedule);
      return { status: 201, body: readSchedules(tx, id).filter((schedule) => made.has(schedule.id)) };
    },
  },
  updateSchedule: {
    write: (tx, { path, body }) => {
      updateSchedule(tx, readId(deploymentId, path.id), readId(scheduleId, path.schedule), body);
      return { status: 204, body: undefined };
    },
  },
  deleteSchedule: {
    write: (tx, { path }) => {
      const deployment = readId(deploymentId, path.id);
      const id = readId(scheduleId, path.schedule);
      deleteFutureRuns(tx, deployment, tx.now(), id);
      if (!deleteSchedule(tx, deployment, id)) throw notFound('Schedule not found');
      return { status: 204, body: undefined };
    },
  },
  createFlowRunFromDeployment: {
    write: (tx, { path, body }) => {
      const { run, created } = runDeployment(tx, readId(deploymentId, path.id), body);
      return { status: created ? 201 : 200, body: run };
    },
  },
};

function requireDeployment(database: Database, text: string): DeploymentId {
  const id = readId(deploymentId, text);
  if (!hasRow(database, 'deployments', id)) throw notFound('Deployment not found');
  return id;
}

function setPaused(tx: Transaction, id: DeploymentId, paused: boolean): { status: 200; body: undefined } {
  requireDeployment(tx, id);
  const now = tx.now();
  updateRow(tx, 'deployments', id, { paused: paused ? 1 : 0 });
  if (paused) deleteFutureRuns(tx, id, now);
  else makeRuns(tx, id, now);
  return { status: 200, body: undefined };
}
