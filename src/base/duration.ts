// Durations and sizes as people write them ('250ms', '10m', '400MB'), turned into milliseconds and bytes once, at
// the edge. Everything inside counts in plain numbers with the unit in the name.

import { InvalidOptionError } from './errors.ts';

/** A duration: a number of milliseconds, or `'250ms' | '5s' | '10m' | '24h'`. */
export type Duration = number | `${number}ms` | `${number}s` | `${number}m` | `${number}h`;

/** A size: a number of bytes, or `'512KB' | '400MB' | '1GB'` (powers of 1,024). */
export type Size = number | `${number}B` | `${number}KB` | `${number}MB` | `${number}GB`;

const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const sizeUnits: Readonly<Record<string, number>> = { B: 1, KB: 1_024, MB: 1_048_576, GB: 1_073_741_824 };
const longestDurationMs = 8_640_000_000; // 100 days

/**
 * Milliseconds of a duration.
 *
 * @param field - The option's name, for the message.
 * @throws INVALID_OPTION when it is no duration, negative, or longer than 100 days.
 */
export function toMs(duration: Duration, field: string): number {
  const ms = parse(duration, /^(\d+(?:\.\d+)?)(ms|s|m|h)$/, durationUnits);
  if (ms === undefined || ms > longestDurationMs) {
    throw new InvalidOptionError(
      field,
      duration,
      "a duration such as '250ms', '5s', '10m', '24h' or a number of ms, at most 100 days",
    );
  }
  return ms;
}

/**
 * Milliseconds of a duration that must be longer than nothing.
 *
 * @throws INVALID_OPTION as {@link toMs} does, and on zero.
 */
export function toPositiveMs(duration: Duration, field: string): number {
  const ms = toMs(duration, field);
  if (ms === 0) throw new InvalidOptionError(field, duration, 'a duration longer than zero');
  return ms;
}

/**
 * Bytes of a size.
 *
 * @param field - The option's name, for the message.
 * @throws INVALID_OPTION when it is no size, negative, or more than a number can count exactly.
 */
export function toBytes(size: Size, field: string): number {
  const bytes = parse(size, /^(\d+(?:\.\d+)?)(B|KB|MB|GB)$/, sizeUnits);
  if (bytes === undefined || bytes > Number.MAX_SAFE_INTEGER) {
    throw new InvalidOptionError(field, size, "a size such as '400MB', '1GB' or a number of bytes");
  }
  return Math.round(bytes);
}

function parse(value: unknown, form: RegExp, units: Readonly<Record<string, number>>): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : undefined;
  const match = typeof value === 'string' ? form.exec(value) : null;
  return match ? Number(match[1]) * (units[match[2] ?? ''] ?? Number.NaN) : undefined;
}

/** A duration as people read it: `850 ms`, `4.2 s`, `3 m 20 s`, `2 h 5 m`. */
export function formatMs(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 60_000) return '1 m 0 s'; // rounded, as 60.0 s would be
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} m ${Math.floor((ms % 60_000) / 1_000)} s`;
  return `${Math.floor(ms / 3_600_000)} h ${Math.floor((ms % 3_600_000) / 60_000)} m`;
}
