import { readJson } from '@tributary/contract/json';
import { z } from 'zod';

import { mostBytes } from './cut.ts';

/** A failed test and the SQL that finds its failing rows. */
export interface FailedTest {
  readonly id: string;
  readonly sql: string;
}
type Row = Readonly<Record<string, unknown>>;

/** Linux takes arguments of up to 128 kB. */
const mostCharacters = 100_000;
const mostCellCharacters = 1000;

/**
 * Writes a query for `dbt compile --inline`. It runs the SQL of all tests in one process and prints the rows of each as a line of JSON. The SQL
 * is a subquery, as in `dbt test`, so any SQL of a test works.
 */
export function failingRowsQuery(tests: readonly FailedTest[], limit: number): string {
  // Jinja reads JSON: a list of mappings of strings.
  return `{%- if execute -%}{%- for failed in ${JSON.stringify(tests)} -%}
{%- set found = run_query(get_show_sql('select * from (\\n' ~ failed.sql ~ '\\n) dbt_internal_test', none, ${limit})) -%}
{%- set rows = [] -%}
{%- for row in found.rows -%}
{%- set cells = {} -%}
{%- for name in found.column_names -%}
{%- set cell = row[name] -%}
{%- do cells.update({name: cell if cell is none or cell is boolean or cell is integer else cell | string}) -%}
{%- endfor -%}
{%- do rows.append(cells) -%}
{%- endfor -%}
{%- do print(tojson({'failing_rows_of': failed.id, 'rows': rows})) -%}
{%- endfor -%}{%- endif -%}
select 1`;
}

/** Takes tests, in order, until their SQL is too long for one query. */
export function fitQuery(tests: readonly FailedTest[]): FailedTest[] {
  let left = mostCharacters;
  return tests.filter((test) => {
    const size = Buffer.byteLength(JSON.stringify(test));
    if (size > left) return false;
    left -= size;
    return true;
  });
}

const printed = z.object({ failing_rows_of: z.string(), rows: z.array(z.record(z.string(), z.unknown())) });

export interface FailingRows {
  /** the test's id */
  readonly id: string;
  readonly rows: readonly Row[];
}

/** Reads a line that the query prints. @returns undefined for any other line */
export function readFailingRows(line: string): FailingRows | undefined {
  try {
    const { failing_rows_of, rows } = printed.parse(readJson(line));
    return { id: failing_rows_of, rows };
  } catch {
    return undefined;
  }
}

/**
 * Shortens long texts, and leaves out the last rows of a table of more than 64 kB.
 * @param mask hides secrets before a text is cut
 */
export function fitTable(rows: readonly Row[], mask: (text: string) => string): Row[] {
  let left = mostBytes;
  const fitted: Row[] = [];
  for (const row of rows) {
    const cells = Object.entries(row).map(([name, cell]) => [name, typeof cell === 'string' ? fitCell(mask(cell)) : cell] as const);
    left -= Buffer.byteLength(cells.map(([name, cell]) => `${JSON.stringify(name)}:${JSON.stringify(String(cell))},`).join(''));
    if (left < 0) break;
    fitted.push(Object.fromEntries(cells));
  }
  return fitted;
}

function fitCell(text: string): string {
  return text.length > mostCellCharacters ? `${text.slice(0, mostCellCharacters)} …` : text;
}
