import { TributaryError } from '@tributary/contract/error';

/** A table and its schema. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
  /** for messages: `schema.name` */
  readonly text: string;
}

/** Postgres cuts longer names silently. */
const longestName = 63;

/**
 * Reads `jaffle_shop.raw_orders`, or `raw_orders` in the schema public.
 * @throws `misuse` if the text isn't a name, or a schema and a name
 */
export function readTableName(text: string): TableName {
  const parts = text.split('.');
  const [schema = '', name = ''] = parts.length === 1 ? ['public', ...parts] : parts;
  if (parts.length > 2)
    throw new TributaryError('misuse', `The table "${text}" has more than one dot. Give a table, or a schema and a table: "shop.orders".`);
  checkName(schema, `The schema of table "${text}"`);
  checkName(name, `The name of table "${text}"`);
  return { schema, name, text: `${schema}.${name}` };
}

/** @throws `misuse` if Postgres can't hold a name as it is */
export function checkName(name: string, what: string): void {
  if (name === '' || name.includes('\0')) throw new TributaryError('misuse', `${what} is empty or has a zero character. Give it a name.`);
  if (Buffer.byteLength(name) > longestName)
    throw new TributaryError('misuse', `${what} is longer than ${longestName} bytes, and Postgres would cut it. Give it a shorter name.`);
}
