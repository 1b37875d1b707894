import { type Finding, ok, problem } from './finding.ts';

/**
 * Whether Node and Python bring DuckDBs of one release: a file that a newer one wrote can't be read by an older one.
 * @param node the version of @duckdb/node-api, `1.5.5-r.5`
 */
export function checkDuckdb(node: string | undefined, python: string | undefined): Finding {
  const name = 'duckdb';
  const release = node?.split('-')[0];
  if (!release || !python)
    return ok(
      name,
      `only in ${release ? `Node (${release})` : python ? `Python (${python})` : 'neither Node nor Python'}: nothing to compare`,
    );
  if (release === python) return ok(name, `${release} in Node and Python`);
  return problem(
    name,
    `${release} in Node, ${python} in Python: one may not read what the other wrote`,
    'Pin @duckdb/node-api in package.json and duckdb in requirements.txt to one release, then run npm run setup.',
  );
}
