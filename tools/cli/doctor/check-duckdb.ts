import { type Finding, ok, problem } from './finding.ts';

/**
 * Checks that Node and Python have the same release of DuckDB, because an older one can't read files of a newer one.
 * @param node the version of @duckdb/node-api, such as `1.5.5-r.5`
 */
export function checkDuckdb(node: string | undefined, python: string | undefined): Finding {
  const name = 'duckdb';
  const release = node?.split('-')[0];
  if (!release || !python)
    return ok(
      name,
      `${release ? `only in Node (${release})` : python ? `only in Python (${python})` : 'in neither Node nor Python'}: nothing to compare`,
    );
  if (release === python) return ok(name, `${release} in Node and Python`);
  return problem(
    name,
    `${release} in Node, ${python} in Python: the older one may not read files of the newer one`,
    'Pin @duckdb/node-api in package.json and duckdb in requirements.txt to the same release, then run npm run setup.',
  );
}
