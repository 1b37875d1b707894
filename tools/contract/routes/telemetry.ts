import { z } from 'zod';

import { artifact, artifactCreate } from '../nouns/artifact.ts';
import { event } from '../nouns/event.ts';
import { artifactsQuery, logsQuery } from '../nouns/filter.ts';
import { log, logCreate } from '../nouns/log.ts';
import { table } from './route.ts';

/** What runs report of themselves: logs, events, artifacts. */
export const telemetryRoutes = table({
  createLogs: { method: 'POST', path: '/logs/', body: z.array(logCreate), status: [201] },
  filterLogs: { method: 'POST', path: '/logs/filter', body: logsQuery, answer: z.array(log), status: [200] },
  createEvents: { method: 'POST', path: '/events', body: z.array(event), status: [204] },
  createArtifact: { method: 'POST', path: '/artifacts/', body: artifactCreate, answer: artifact, status: [201] },
  readArtifact: { method: 'GET', path: '/artifacts/{id}', answer: artifact, status: [200] },
  filterArtifacts: { method: 'POST', path: '/artifacts/filter', body: artifactsQuery, answer: z.array(artifact), status: [200] },
});
