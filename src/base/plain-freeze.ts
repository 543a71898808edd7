// Freezes messages in development mode, so that a sender who changes a message after sending it is told at the
// line that does it. Bounded, runs no code of the value, and leaves alone whatever is not plain: freezing someone
// else's class instance would break it.

import { types } from 'node:util';
import { limits } from './limits.ts';
import { isListPrototype, isPlainPrototype } from './plain-kinds.ts';

/**
 * Freezes a value and the plain objects and lists in it, however deep; returns the same value. Never throws.
 *
 * Members of Maps and Sets are frozen, the collections themselves cannot be. Class instances, dates, typed arrays,
 * proxies and what accessors return are left as they are. Stops after `limits.message.keys_count` properties:
 * larger values do not pass the gate anyway.
 */
export function deepFreeze<Type>(value: Type): Type {
  const waiting: object[] = [];
  const seen = new Set<object>();
  const visit = (found: unknown): void => {
    if (typeof found !== 'object' || found === null || seen.has(found) || types.isProxy(found)) return;
    seen.add(found);
    waiting.push(found);
  };
  visit(value);
  let left: number = limits.message.keys_count;
  for (let next = waiting.pop(); next !== undefined && left > 0; next = waiting.pop()) left -= freeze(next, visit);
  return value;
}

/** Freezes one object and shows what it holds to `visit`; returns how many properties it has. */
function freeze(value: object, visit: (found: unknown) => void): number {
  if (types.isMap(value)) {
    Map.prototype.forEach.call(value, (member, key) => {
      visit(key);
      visit(member);
    });
    return 2 * value.size;
  }
  if (types.isSet(value)) {
    Set.prototype.forEach.call(value, visit);
    return value.size;
  }
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (types.isModuleNamespaceObject(value)) return 1;
  if (Array.isArray(value) ? !isListPrototype(prototype) : !isPlainPrototype(prototype)) return 1;
  Object.freeze(value);
  const keys = Object.keys(value);
  for (const key of keys) {
    const property = Object.getOwnPropertyDescriptor(value, key);
    if (property !== undefined && Object.hasOwn(property, 'value')) visit(property.value);
  }
  return keys.length + 1;
}
