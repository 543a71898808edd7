// Priorities run from 0 (most urgent) to 10 (best effort), with names for the usual ones. Mailboxes keep one lane a
// priority, queues sort by it; nobody else gives a number a meaning.

import { InvalidOptionError } from './errors.ts';

/** A priority from 0, most urgent, to 10, best effort. */
export type Priority = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

/** The named priorities. */
export const Priority = {
  CRITICAL: 0,
  HIGH: 2,
  NORMAL: 5,
  LOW: 8,
  BEST_EFFORT: 10,
} as const satisfies Record<string, Priority>;

/**
 * The priority that a value names.
 *
 * @throws INVALID_OPTION when it is no whole number from 0 to 10.
 */
export function toPriority(value: unknown, field: string): Priority {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 10) return value as Priority;
  throw new InvalidOptionError(field, value, 'a whole number from 0 (most urgent) to 10 (best effort)');
}
