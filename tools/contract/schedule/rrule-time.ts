/**
 * Reads a time of RFC 5545, `20260131T060000` or `20260131`. A `Z` at its end changes nothing: an RRULE counts in local times.
 * @returns the milliseconds of the moment at which a clock in UTC shows this time; undefined if there is no such time
 */
export function readRruleTime(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)Z?)?$/.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1).map((field) => field ?? '00');
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // Date.parse accepts 24:00:00 and the 31st of a shorter month, but then returns a time on another day.
  return Number.isNaN(time) || new Date(time).getUTCDate() !== Number(day) ? undefined : time;
}
