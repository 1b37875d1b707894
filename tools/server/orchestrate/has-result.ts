/** Whether a state's data is a persisted result: an object that isn't empty and isn't of type "unpersisted". */
export function hasResult(data: unknown): boolean {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return false;
  return Object.keys(data).length > 0 && !('type' in data && data.type === 'unpersisted');
}
