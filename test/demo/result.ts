import { DuckDBInstance } from '@duckdb/node-api';

/** Reads the mart by category as a small table. @param file the DuckDB file that dbt wrote */
export async function readResult(file: string): Promise<string> {
  const database = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' });
  try {
    const connection = await database.connect();
    const reader = await connection.runAndReadAll(
      'select category, products, round(average_price, 2) as average_price from mart_products_by_category order by products desc, category limit 8',
    );
    const total = await connection.runAndReadAll('select count(*), sum(products) from mart_products_by_category');
    connection.closeSync();
    const [categories, products] = total.getRowsJson()[0] ?? [];
    const rows = reader.getRowsJson().map((row) => row.map(String));
    return [
      ...toTable(['category', 'products', 'average price'], rows),
      `  … ${String(products)} products in ${String(categories)} categories`,
    ].join('\n');
  } finally {
    database.closeSync();
  }
}

function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `  ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('   ')}`;
  return [line(head), `  ${widths.map((width) => '─'.repeat(width)).join('   ')}`, ...rows.map(line)];
}
