import { z } from 'zod';

import { artifact, artifactCreate, artifactUpdate } from '../nouns/artifact.ts';
import { artifactsCountQuery, artifactsQuery, logsQuery } from '../nouns/filter.ts';
import { log } from '../nouns/log.ts';
import { table } from './route.ts';
import { runReportRoutes } from './run-reports.ts';

/** Routes of logs, events and artifacts. */
export const telemetryRoutes = table({
  createLogs: runReportRoutes.createLogs,
  filterLogs: { method: 'POST', path: '/logs/filter', body: logsQuery, answer: z.array(log), status: [200] },
  createEvents: runReportRoutes.createEvents,
  createArtifact: { method: 'POST', path: '/artifacts/', body: artifactCreate, answer: artifact, status: [201], once: true },
  readArtifact: { method: 'GET', path: '/artifacts/{id}', answer: artifact, status: [200] },
  readLatestArtifact: { method: 'GET', path: '/artifacts/{key}/latest', answer: artifact, status: [200] },
  updateArtifact: { method: 'PATCH', path: '/artifacts/{id}', body: artifactUpdate, status: [204] },
  deleteArtifact: { method: 'DELETE', path: '/artifacts/{id}', status: [204] },
  filterArtifacts: { method: 'POST', path: '/artifacts/filter', body: artifactsQuery, answer: z.array(artifact), status: [200] },
  countArtifacts: { method: 'POST', path: '/artifacts/count', body: artifactsCountQuery, answer: z.int(), status: [200] },
});
