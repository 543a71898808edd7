// What was thrown, as plain data that can be logged, stored and sent: whatever it is, however it lies. Reading an
// error may run code of its class (`message`, `code` and `retryable` are getters on many); each property is read
// once, a property that throws or has the wrong type counts as missing, and everything has its maximum length.

import { types } from 'node:util';
import { show } from './errors.ts';
import { isError } from './plain-kinds.ts';
import { printable } from './printable.ts';

/** A thrown value as plain data. */
export interface ErrorData {
  /** The error's class, or `ThrownValue` for something that is no error. */
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string | number;
  readonly retryable?: boolean;
  readonly cause?: ErrorData;
}

const most = { name_chars: 200, message_chars: 2_000, stack_chars: 8_000, code_chars: 200, causes_count: 8 } as const;

/**
 * A thrown value as plain data: name, message, stack, code, retryable and cause. Never throws.
 *
 * Names and codes are cut after 200 characters, messages after 2,000, stacks after 8,000, the chain of causes after
 * 8. An object with a string `message` counts as an error, so error data stays what it is.
 */
export function toErrorData(thrown: unknown): ErrorData {
  return describe(thrown, new Set());
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

function describe(thrown: unknown, seen: Set<unknown>): ErrorData {
  if (typeof thrown === 'string') return { name: 'ThrownValue', message: cut(thrown, most.message_chars) };
  if (typeof thrown !== 'object' || thrown === null) return { name: 'ThrownValue', message: show(thrown) };
  if (types.isProxy(thrown)) return { name: 'ThrownValue', message: 'a proxy, which is not looked into' };
  seen.add(thrown);
  const message = read(thrown, 'message');
  if (typeof message !== 'string' && !isError(thrown)) return { name: 'ThrownValue', message: summary(thrown) };
  return errorLike(thrown, message, seen);
}

function errorLike(thrown: object, message: unknown, seen: Set<unknown>): ErrorData {
  const name = read(thrown, 'name');
  const data: Mutable<ErrorData> = {
    name: typeof name === 'string' && name !== '' ? cut(name, most.name_chars) : 'Error',
    message:
      typeof message === 'string' ? cut(message, most.message_chars) : 'the error has no message that can be read',
  };
  const stack = read(thrown, 'stack');
  if (typeof stack === 'string') data.stack = cut(stack, most.stack_chars);
  const code = read(thrown, 'code');
  if (typeof code === 'string') data.code = cut(code, most.code_chars);
  else if (typeof code === 'number') data.code = code;
  const retryable = read(thrown, 'retryable');
  if (typeof retryable === 'boolean') data.retryable = retryable;
  const cause = read(thrown, 'cause');
  if (cause !== undefined) data.cause = causeOf(cause, seen);
  return data;
}

function causeOf(cause: unknown, seen: Set<unknown>): ErrorData {
  if (seen.has(cause)) return { name: 'ThrownValue', message: 'an error named above, a cycle of causes' };
  if (seen.size > most.causes_count) return { name: 'ThrownValue', message: 'further causes are left out' };
  return describe(cause, seen);
}

function read(holder: object, key: string): unknown {
  try {
    return Reflect.get(holder, key);
  } catch {
    return undefined;
  }
}

function summary(thrown: object): string {
  if (Array.isArray(thrown)) return `${show(thrown)}, which is no error`;
  const keys = Object.keys(thrown);
  const named = keys.slice(0, 5).map((key) => printable(key, 40));
  const rest = keys.length > named.length ? ', …' : '';
  return named.length > 0
    ? `an object with ${named.join(', ')}${rest}, which is no error`
    : 'an object that is no error';
}

function cut(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const last = text.charCodeAt(maxChars - 2);
  const end = last >= 0xd800 && last <= 0xdbff ? maxChars - 2 : maxChars - 1; // no half of a pair
  // By way of bytes: a mere slice would keep the whole long text in memory as long as the short one lives.
  return Buffer.from(`${text.slice(0, end)}…`, 'utf16le').toString('utf16le');
}
