const ignoredFolders = new Set(['node_modules', 'target', 'logs', 'dbt_packages', '__pycache__', 'dist', 'test-support', 'fixtures']);

/** Whether a path (of ints/ or tools/, or below) lies among what programs write. */
export function isIgnored(path: string): boolean {
  return path.split(/[\\/]/).some((part) => part.startsWith('.') || ignoredFolders.has(part));
}

/** Whether a change of this file (of ints/ or tools/, or its path below) is worth a deployment: what programs write and tests are not. */
export function isSource(path: string): boolean {
  const file = path.split(/[\\/]/).at(-1) ?? '';
  if (isIgnored(path)) return false;
  return !/\.(test|spec)\.[cm]?[jt]s$|\.gen\.ts$|\.(db|duckdb|wal|log|lock|tmp|swp|swx|orig|md)(-\w+)?$|~$|^\d+$|^#/.test(file);
}
