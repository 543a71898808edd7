// What makes a value an event: it is an object with a string `type`. Asked of every message before it is taken, so
// it is two reads and no more; whether the rest of it is plain data is `toPlain`'s question.

import { InvalidInputError, show } from './errors.ts';

/**
 * Whether a value can be sent as a message: a non-null object with a string `type`.
 *
 * Never throws: a value whose `type` cannot be read is none.
 */
export function isEvent(value: unknown): value is { readonly type: string } {
  try {
    return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
  } catch {
    return false;
  }
}

/**
 * Lets a message pass that {@link isEvent}.
 *
 * @param subject - Who refuses what, for the message: `the message to 'main/code'`.
 * @throws INVALID_INPUT when the value is no object or has no string `type`, saying what was received.
 */
export function checkEvent(value: unknown, subject: string): asserts value is { readonly type: string } {
  if (typeof value !== 'object' || value === null) {
    throw new InvalidInputError(subject, [
      { path: '', message: `it is ${show(value)}; send an object with a string 'type'` },
    ]);
  }
  let received: string;
  try {
    const type: unknown = Reflect.get(value, 'type');
    if (typeof type === 'string') return;
    received = type === undefined ? 'missing' : show(type);
  } catch {
    received = 'not readable';
  }
  throw new InvalidInputError(subject, [
    { path: 'type', message: `it is ${received}; give the object a string 'type'` },
  ]);
}
