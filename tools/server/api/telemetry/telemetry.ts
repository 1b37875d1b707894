import { maximumLogLength } from '@tributary/contract/nouns/log';
import type { telemetryRoutes } from '@tributary/contract/routes/telemetry';

import { readArtifact, readLatestArtifact } from '../../store/runs/artifacts.ts';
import type { Value } from '../../store/database/database.ts';
import { deleteRow } from '../../store/database/delete-row.ts';
import { insertRow } from '../../store/database/insert-row.ts';
import { type ArtifactRow, artifactOf } from '../../store/rows/artifact.ts';
import { writeMaybe, writeTime } from '../../store/rows/json.ts';
import { updateRow } from '../../store/database/update-row.ts';
import type { Handlers } from '../handler.ts';
import { recordEvents } from './record-events.ts';
import { notFound } from '../refusal.ts';

export const telemetryHandlers: Handlers<typeof telemetryRoutes> = {
  createLogs: {
    write: (tx, { body }) => {
      for (const log of body) {
        insertRow(tx, 'logs', {
          id: crypto.randomUUID(),
          name: log.name,
          level: log.level,
          message: log.message.slice(0, maximumLogLength),
          timestamp: writeTime(log.timestamp),
          flow_run_id: log.flow_run_id ?? null,
          task_run_id: log.task_run_id ?? null,
        });
      }
      return { status: 201, body: undefined };
    },
  },
  filterLogs: { query: true },
  createEvents: {
    write: (tx, { body }, { log }) => {
      for (const problem of recordEvents(tx, body).slice(0, 3)) log(`An event was not recorded: ${problem}`);
      return { status: 204, body: undefined };
    },
  },
  createArtifact: {
    write: (tx, { body }) => {
      const now = tx.now();
      const row: ArtifactRow = {
        id: crypto.randomUUID(),
        created: now,
        updated: now,
        key: body.key ?? null,
        type: body.type ?? null,
        description: body.description ?? null,
        data: writeMaybe(body.data),
        metadata_: writeMaybe(body.metadata_),
        flow_run_id: body.flow_run_id ?? null,
        task_run_id: body.task_run_id ?? null,
      };
      insertRow(tx, 'artifacts', row);
      return { status: 201, body: artifactOf(row) };
    },
  },
  readArtifact: {
    read: (database, { path }) => {
      const row = readArtifact(database, path.id.toLowerCase());
      if (!row) throw notFound('Artifact not found');
      return { status: 200, body: artifactOf(row) };
    },
  },
  readLatestArtifact: {
    read: (database, { path }) => {
      const row = readLatestArtifact(database, path.key);
      if (!row) throw notFound('Artifact not found');
      return { status: 200, body: artifactOf(row) };
    },
  },
  updateArtifact: {
    write: (tx, { path, body }) => {
      const columns: Record<string, Value> = {};
      if (body.data !== undefined) columns['data'] = writeMaybe(body.data);
      if (body.description !== undefined) columns['description'] = body.description;
      if (body.metadata_ !== undefined) columns['metadata_'] = writeMaybe(body.metadata_);
      if (!updateRow(tx, 'artifacts', path.id.toLowerCase(), columns)) throw notFound('Artifact not found');
      return { status: 204, body: undefined };
    },
  },
  deleteArtifact: {
    write: (tx, { path }) => {
      if (!deleteRow(tx, 'artifacts', path.id.toLowerCase())) throw notFound('Artifact not found');
      return { status: 204, body: undefined };
    },
  },
  filterArtifacts: { query: true },
  countArtifacts: { query: true },
};
