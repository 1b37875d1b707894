export { copyCsv, type CopyCsvOptions } from './copy-csv.ts';
export type { CopyOptions } from './copy-options.ts';
export type { Connection } from './connect/connection.ts';
export type { CopyMode } from './load/job.ts';
export type { CopyResult } from './load/load.ts';
export type { Source } from './read/open-source.ts';
export type { Columns } from './table/columns.ts';
export type { ColumnType } from './table/column-type.ts';
