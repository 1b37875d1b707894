import { type Timestamp, toMicros } from '@tributary/contract/time';

const two = (value: number): string => String(value).padStart(2, '0');

/** Prints the local time: `12:00:01`. */
export function clock(timestamp: Timestamp): string {
  const date = new Date(toMicros(timestamp) / 1000);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
}

/** Prints local date and time, `2026-11-22 12:00:01`, or a dash. */
export function dateTime(timestamp: Timestamp | null | undefined): string {
  if (!timestamp) return '-';
  const date = new Date(toMicros(timestamp) / 1000);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock(timestamp)}`;
}

/** Prints a length of time: `0.24 s`, `12.3 s`, `2 m 03 s`, `1 h 05 m`. */
export function lasting(seconds: number): string {
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} m`;
}
