import { z } from 'zod';

import { deployment, deploymentCreate, deploymentUpdate } from '../nouns/deployment.ts';
import { countQuery, deploymentsPageQuery, deploymentsQuery } from '../nouns/filter.ts';
import { deploymentFlowRunCreate, flowRun } from '../nouns/flow-run.ts';
import { pageOf } from '../nouns/page.ts';
import { deploymentSchedule, scheduleCreate, scheduleUpdate } from '../nouns/schedule.ts';
import { table } from './route.ts';

export const deploymentRoutes = table({
  /** creates a deployment, or updates the one with the same flow and name */
  createDeployment: { method: 'POST', path: '/deployments/', body: deploymentCreate, answer: deployment, status: [201, 200] },
  readDeployment: { method: 'GET', path: '/deployments/{id}', answer: deployment, status: [200] },
  readDeploymentByName: { method: 'GET', path: '/deployments/name/{flow}/{deployment}', answer: deployment, status: [200] },
  updateDeployment: { method: 'PATCH', path: '/deployments/{id}', body: deploymentUpdate, status: [204] },
  deleteDeployment: { method: 'DELETE', path: '/deployments/{id}', status: [204] },
  filterDeployments: { method: 'POST', path: '/deployments/filter', body: deploymentsQuery, answer: z.array(deployment), status: [200] },
  paginateDeployments: {
    method: 'POST',
    path: '/deployments/paginate',
    body: deploymentsPageQuery,
    answer: pageOf(deployment),
    status: [200],
  },
  countDeployments: { method: 'POST', path: '/deployments/count', body: countQuery, answer: z.int(), status: [200] },
  pauseDeployment: { method: 'POST', path: '/deployments/{id}/pause_deployment', status: [204, 200] },
  resumeDeployment: { method: 'POST', path: '/deployments/{id}/resume_deployment', status: [204, 200] },
  readSchedules: { method: 'GET', path: '/deployments/{id}/schedules', answer: z.array(deploymentSchedule), status: [200] },
  createSchedules: {
    method: 'POST',
    path: '/deployments/{id}/schedules',
    body: z.array(scheduleCreate),
    answer: z.array(deploymentSchedule),
    status: [201],
    once: true,
  },
  updateSchedule: { method: 'PATCH', path: '/deployments/{id}/schedules/{schedule}', body: scheduleUpdate, status: [204] },
  deleteSchedule: { method: 'DELETE', path: '/deployments/{id}/schedules/{schedule}', status: [204] },
  createFlowRunFromDeployment: {
    method: 'POST',
    path: '/deployments/{id}/create_flow_run',
    body: deploymentFlowRunCreate,
    answer: flowRun,
    status: [201, 200],
  },
});
