const ignoredFolders = new Set(['node_modules', 'target', 'logs', 'dbt_packages', '__pycache__', 'dist', 'test-support', 'fixtures']);

/** Whether a change of this file (its path below ints/ or tools/) is worth a deployment: what programs write and tests are not. */
export function isSource(path: string): boolean {
  const parts = path.split(/[\\/]/);
  const file = parts.at(-1) ?? '';
  if (parts.some((part) => part.startsWith('.') || ignoredFolders.has(part))) return false;
  return !/\.(test|spec)\.[cm]?[jt]s$|\.gen\.ts$|\.(db|duckdb|wal|log|lock|tmp|swp|swx|orig|md)(-\w+)?$|~$|^\d+$|^#/.test(file);
}
