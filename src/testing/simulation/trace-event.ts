// A runtime event as one line of a trace: its type and what tells it from others of its type. Nothing of it may differ
// between two runs of one seed, so errors are told by name.

import type { RuntimeEvent } from '../../observe/events.ts';
import { errorName } from './error-name.ts';

const told = [
  'address',
  'run',
  'key',
  'incarnation',
  'scope',
  'delayMs',
  'reason',
  'state',
  'from',
  'to',
  'task',
  'effect',
];

/** One line. */
export function describeEvent(event: RuntimeEvent): string {
  if (event.type === 'run.event') return `run ${event.event.run} ${event.event.type}`;
  const words: string[] = [event.type];
  const fields = event as unknown as Readonly<Record<string, unknown>>;
  for (const name of told) {
    const value = fields[name];
    if (typeof value === 'string' || typeof value === 'number') words.push(String(value));
  }
  if (fields['error'] !== undefined) words.push(`(${errorName(fields['error'])})`);
  return words.join(' ');
}
