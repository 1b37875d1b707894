// `node copy-once.ts <file>` loads a CSV file into Postgres once, and prints seconds, CPU seconds and peak memory as JSON. The connection is in
// the environment variables of psql.
import { createReadStream } from 'node:fs';

import { copyCsv } from '@tributary/postgres';

import { columns, table } from './copy-file.ts';

const { PGHOST: host = '', PGPORT = '', PGDATABASE: database = '', PGUSER: user = '', PGPASSWORD: password = '' } = process.env;
const connection = { host, port: Number(PGPORT), database, user, password };
const before = process.cpuUsage();
const began = performance.now();
const { rows } = await copyCsv({ connection, table, columns, from: createReadStream(process.argv[2] ?? '') });
const seconds = (performance.now() - began) / 1000;
const { user: own, system } = process.cpuUsage(before);
console.log(JSON.stringify({ rows, seconds, cpu: (own + system) / 1e6, peak: process.resourceUsage().maxRSS / 1024 }));
