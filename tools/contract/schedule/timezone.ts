import { nearest } from '../nearest.ts';
import { invalid } from './invalid.ts';

/** The timezones that were already found valid. A check takes 0.1 ms, and hundreds of deployments share a few timezones. */
const known = new Set(['UTC']);

/** @throws `invalid_schedule` with the reason if the name isn't a timezone */
export function checkTimezone(name: string): void {
  if (isTimezone(name)) return;
  const near = nearest(name, Intl.supportedValuesOf('timeZone'));
  throw invalid(`it isn't an IANA name. ${near ? `Did you mean "${near}"?` : 'Use one such as "Europe/Vienna".'}`);
}

export function isTimezone(name: string): boolean {
  if (known.has(name)) return true;
  try {
    const isKnown = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
    if (isKnown) known.add(name);
    return isKnown;
  } catch {
    return false;
  }
}
