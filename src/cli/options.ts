// Options as they are typed, turned into values at the edge. Each message names the option, what was received and
// what it takes.

import { type Duration, toMs, toPositiveMs } from '../base/duration.ts';
import { InvalidOptionError, isTroupeError } from '../base/errors.ts';
import { type Priority, toPriority } from '../base/priority.ts';
import { wrongUsage } from './command-error.ts';

/** A duration longer than zero, in milliseconds. */
export function positiveMs(text: string): number {
  return checked(() => toPositiveMs(durationOf(text), '--timeout'));
}

/** A duration, in milliseconds. */
export function drainMs(text: string): number {
  return checked(() => toMs(durationOf(text), '--drain'));
}

/** An age, in milliseconds. */
export function olderThanMs(text: string): number {
  return checked(() => toMs(durationOf(text), '--older-than'));
}

/** A priority by its number. */
export function priorityOf(text: string): Priority {
  return checked(() => toPriority(/^\d+$/.test(text) ? Number(text) : text, '--priority'));
}

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/** A level of the log. */
export function levelOf(text: string): (typeof levels)[number] {
  return checked(() => oneOf(levels, text, '--log'));
}

const formats = ['mermaid', 'svg', 'html'] as const;

/** A format of pictures. */
export function formatOf(text: string): (typeof formats)[number] {
  return checked(() => oneOf(formats, text, '--format'));
}

function oneOf<const Known extends string>(known: readonly Known[], text: string, option: string): Known {
  const found = known.find((one) => one === text);
  if (found === undefined) throw new InvalidOptionError(option, text, known.join(', '));
  return found;
}

/** A number alone is milliseconds. */
function durationOf(text: string): Duration {
  return (/^\d+$/.test(text) ? Number(text) : text) as Duration;
}

function checked<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw isTroupeError(error) ? wrongUsage(error.message) : error;
  }
}
