import { z } from 'zod';

import { countQuery, flowsQuery } from '../nouns/filter.ts';
import { flow, flowCreate } from '../nouns/flow.ts';
import { table } from './route.ts';

export const flowRoutes = table({
  /** creates the flow, or returns the existing flow with that name */
  createFlow: { method: 'POST', path: '/flows/', body: flowCreate, answer: flow, status: [201, 200] },
  readFlow: { method: 'GET', path: '/flows/{id}', answer: flow, status: [200] },
  readFlowByName: { method: 'GET', path: '/flows/name/{name}', answer: flow, status: [200] },
  filterFlows: { method: 'POST', path: '/flows/filter', body: flowsQuery, answer: z.array(flow), status: [200] },
  countFlows: { method: 'POST', path: '/flows/count', body: countQuery, answer: z.int(), status: [200] },
  deleteFlow: { method: 'DELETE', path: '/flows/{id}', status: [204] },
});
