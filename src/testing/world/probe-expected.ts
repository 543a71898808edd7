// What a probe can be told to expect, and the words for it: a type, an event as far as it is written, or a function
// that says whether a message is it.

import type { EventObject } from 'xstate';
import { type Duration, formatMs, toMs } from '../../base/duration.ts';
import { InvalidOptionError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { isLike } from '../perform.ts';
import type { WaitEnd } from './test-driver.ts';
import { inWords } from './test-expectation.ts';

/** What a message is to be: its type, what of it is written, or what is said of it. */
export type Expected<Event extends EventObject> =
  | Event['type']
  | (Partial<Event> & { readonly type: Event['type'] })
  | ((event: Event) => boolean);

/** Events that may have a type: of a union, those members; where any type may come, the event itself. */
export type OfType<Event extends EventObject, Type> = Event extends unknown
  ? Type extends Event['type']
    ? Event
    : never
  : never;

/** How long to wait. */
export interface Within {
  /** In virtual time; default 3 s. */
  readonly within?: Duration;
}

/** How to wait for a message. */
export interface ExpectOptions extends Within {
  /** Whether other messages may come first; they are passed over. Default false: the next message must be it. */
  readonly skip?: boolean;
}

/** Something expected, in words and as a question. */
export interface Matcher {
  readonly words: string;
  readonly matches: (event: EventObject) => boolean;
}

/** @throws INVALID_OPTION when nothing can be like it. */
export function matcherOf<Event extends EventObject>(expected: Expected<Event>): Matcher {
  if (typeof expected === 'function') {
    const { name } = expected;
    return {
      words: name === '' ? 'a message that fits the function given' : `a message for which ${name} holds`,
      matches: (event) => expected(event as Event),
    };
  }
  if (typeof expected === 'string') return { words: `'${expected}'`, matches: ({ type }) => type === expected };
  if (typeof expected === 'object' && expected !== null && typeof expected.type === 'string') {
    return { words: inWords(expected), matches: (event) => isLike(event, expected) };
  }
  throw new InvalidOptionError('expected', expected, 'the type of a message, an event with a type, or a function');
}

/** Milliseconds of a wait. @throws INVALID_OPTION */
export function withinMs(within: Duration | undefined): number {
  return within === undefined ? limits.testing.within_ms : toMs(within, 'within');
}

/** Why a wait has ended with nothing, as the end of a sentence. */
export function inTime(end: WaitEnd, within_ms: number): string {
  switch (end) {
    case 'idle':
      return `within ${formatMs(within_ms)}; nothing is due in virtual time any more`;
    case 'endless':
      return `within ${formatMs(within_ms)}; what goes on meanwhile has no end`;
    case 'late':
    case 'happened':
    default:
      return `within ${formatMs(within_ms)}`;
  }
}
