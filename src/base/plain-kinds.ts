// What kind of object a value is, found out without running any of its code: no property of it is called, no
// trap of a proxy is set off. The base for everything that has to look at values from outside.

import { types } from 'node:util';

/**
 * Whether a prototype is that of `{}`, of `Object.create(null)`, or of `{}` made in another realm (`node:vm`, test
 * runners).
 */
export function isPlainPrototype(prototype: object | null): boolean {
  return prototype === Object.prototype || prototype === null || isForeignRoot(prototype);
}

function isForeignRoot(prototype: object): boolean {
  if (types.isProxy(prototype) || Object.getPrototypeOf(prototype) !== null) return false;
  return Object.hasOwn(prototype, 'isPrototypeOf') && Object.hasOwn(prototype, 'constructor');
}

/** Whether a list is an ordinary one, of this realm or another, and no instance of a class that extends Array. */
export function isListPrototype(prototype: object | null): boolean {
  if (prototype === Array.prototype) return true;
  return prototype !== null && !types.isProxy(prototype) && Array.isArray(prototype);
}

/** Whether something with this prototype is an instance of a built-in class itself, not of one that extends it. */
export function isBuiltinPrototype(prototype: object | null): boolean {
  if (prototype === null || types.isProxy(prototype)) return false;
  const above: unknown = Object.getPrototypeOf(prototype);
  return typeof above === 'object' && above !== null && isPlainPrototype(above);
}

/** Whether a value that is no proxy is an Error, of any realm or class. */
export function isError(value: object): value is Error {
  if (types.isNativeError(value)) return true;
  // DOMException is no native error, yet stands on Error.prototype.
  let prototype: unknown = Object.getPrototypeOf(value);
  for (let step = 0; step < 8 && typeof prototype === 'object' && prototype !== null; step++) {
    if (prototype === Error.prototype) return true;
    if (types.isProxy(prototype)) return false;
    prototype = Object.getPrototypeOf(prototype);
  }
  return false;
}

/** What an object that is not plain data is, in words for a message. */
export function kindOf(value: object, prototype: object | null): string {
  if (types.isPromise(value)) return 'a promise; await it first';
  const name = className(prototype);
  return name === undefined ? 'an instance of a class, not plain data' : `an instance of ${name}, not plain data`;
}

function className(prototype: object | null): string | undefined {
  const constructor = ownValue(prototype, 'constructor');
  const name = typeof constructor === 'function' ? ownValue(constructor, 'name') : undefined;
  return typeof name === 'string' && /^[\w$]{1,80}$/.test(name) ? name : undefined;
}

/** The value of an own data property; undefined for accessors and on proxies. */
function ownValue(holder: object | null, key: string): unknown {
  if (holder === null || types.isProxy(holder)) return undefined;
  const property = Object.getOwnPropertyDescriptor(holder, key);
  return property !== undefined && Object.hasOwn(property, 'value') ? property.value : undefined;
}
