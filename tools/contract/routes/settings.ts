import { z } from 'zod';

import { blockDocument, blockDocumentCreate, blockDocumentUpdate, blockSchema, blockType } from '../nouns/block.ts';
import { blockDocumentsQuery, variablesCountQuery, variablesQuery } from '../nouns/filter.ts';
import { variable, variableCreate, variableUpdate } from '../nouns/variable.ts';
import { table } from './route.ts';

const secrets = z.object({ include_secrets: z.stringbool().default(false) });

/** Routes of variables and secrets. */
export const settingRoutes = table({
  createVariable: { method: 'POST', path: '/variables/', body: variableCreate, answer: variable, status: [201] },
  readVariable: { method: 'GET', path: '/variables/name/{name}', answer: variable, status: [200] },
  updateVariable: { method: 'PATCH', path: '/variables/name/{name}', body: variableUpdate, status: [204] },
  deleteVariable: { method: 'DELETE', path: '/variables/name/{name}', status: [204] },
  countVariables: { method: 'POST', path: '/variables/count', body: variablesCountQuery, answer: z.int(), status: [200] },
  filterVariables: { method: 'POST', path: '/variables/filter', body: variablesQuery, answer: z.array(variable), status: [200] },

  readBlockType: { method: 'GET', path: '/block_types/slug/{slug}', answer: blockType, status: [200] },
  readBlockSchema: { method: 'GET', path: '/block_schemas/checksum/{checksum}', answer: blockSchema, status: [200] },
  readBlockDocument: {
    method: 'GET',
    path: '/block_types/slug/{slug}/block_documents/name/{name}',
    query: secrets,
    answer: blockDocument,
    status: [200],
  },
  createBlockDocument: { method: 'POST', path: '/block_documents/', body: blockDocumentCreate, answer: blockDocument, status: [201] },
  updateBlockDocument: { method: 'PATCH', path: '/block_documents/{id}', body: blockDocumentUpdate, status: [204] },
  deleteBlockDocument: { method: 'DELETE', path: '/block_documents/{id}', status: [204] },
  filterBlockDocuments: {
    method: 'POST',
    path: '/block_documents/filter',
    body: blockDocumentsQuery,
    answer: z.array(blockDocument),
    status: [200],
  },
});
