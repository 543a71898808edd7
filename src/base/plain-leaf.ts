// Built-in values that hold no others: dates, patterns, addresses, bytes. They are copied by the built-ins' own
// getters, taken when this module loads, because a property of the instance may lie about what is inside.

import { types } from 'node:util';
import { isBuiltinPrototype } from './plain-kinds.ts';

/** A value that can be copied, with its size, or what is wrong with it. */
export type Leaf = { readonly bytes: number; copy(): object } | { readonly problem: string };

type Getter = (value: unknown) => unknown;

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const viewKind = getter(typedArray, Symbol.toStringTag);
const viewBytes = getter(typedArray, 'byteLength');
const dataViewBuffer = getter(DataView.prototype, 'buffer');
const dataViewOffset = getter(DataView.prototype, 'byteOffset');
const dataViewBytes = getter(DataView.prototype, 'byteLength');
const bufferBytes = getter(ArrayBuffer.prototype, 'byteLength');
const source = getter(RegExp.prototype, 'source');
const href = getter(URL.prototype, 'href');
const flags = [
  ['d', getter(RegExp.prototype, 'hasIndices')],
  ['g', getter(RegExp.prototype, 'global')],
  ['i', getter(RegExp.prototype, 'ignoreCase')],
  ['m', getter(RegExp.prototype, 'multiline')],
  ['s', getter(RegExp.prototype, 'dotAll')],
  ['u', getter(RegExp.prototype, 'unicode')],
  ['v', getter(RegExp.prototype, 'unicodeSets')],
  ['y', getter(RegExp.prototype, 'sticky')],
] as const;

type ViewConstructor = new (from: object) => object;
const viewNames = ['Int8', 'Uint8', 'Uint8Clamped', 'Int16', 'Uint16', 'Int32', 'Uint32', 'BigInt64', 'BigUint64']
  .concat(['Float16', 'Float32', 'Float64'])
  .map((element) => `${element}Array`);
// Float16Array is missing on Node 20.
const viewClasses: ReadonlyMap<unknown, ViewConstructor> = new Map(
  viewNames
    .filter((name) => name in globalThis)
    .map((name) => [name, Reflect.get(globalThis, name) as ViewConstructor] as const),
);

/**
 * How to copy a date, pattern, address or piece of memory; undefined when the value is none.
 *
 * A Buffer stays a Buffer. A pattern's `lastIndex` and properties hung on a typed array are not copied. Bytes share
 * no memory with the original; `copy` throws a TypeError when the memory has been given to another thread.
 *
 * @param value - An object that is no proxy.
 */
export function leafOf(value: object, prototype: object | null): Leaf | undefined {
  if (types.isDate(value)) return ordinary(value, prototype, 'Date') ?? dateLeaf(value);
  if (types.isRegExp(value)) return ordinary(value, prototype, 'RegExp') ?? patternLeaf(value);
  if (types.isSharedArrayBuffer(value)) return { problem: 'it is shared memory; pass a copy of its bytes' };
  if (types.isArrayBuffer(value)) return ordinary(value, prototype, 'ArrayBuffer') ?? bufferLeaf(value);
  if (ArrayBuffer.isView(value)) return viewLeaf(value, prototype);
  return prototype === URL.prototype ? (ordinary(value, prototype, 'URL') ?? urlLeaf(value)) : undefined;
}

/** Only instances of the class itself, without properties of their own, can be copied without a loss. */
function ordinary(value: object, prototype: object | null, name: string): Leaf | undefined {
  if (!isBuiltinPrototype(prototype)) return { problem: `it is an instance of a class that extends ${name}` };
  return Object.keys(value).length > 0 ? { problem: `it is a ${name} with properties of its own` } : undefined;
}

function dateLeaf(value: Date): Leaf {
  const time = Date.prototype.getTime.call(value);
  return Number.isNaN(time) ? { problem: 'it is an invalid Date' } : { bytes: 8, copy: () => new Date(time) };
}

function patternLeaf(value: RegExp): Leaf {
  const text = source(value) as string;
  const letters = flags.map(([letter, isSet]) => (isSet(value) === true ? letter : '')).join('');
  return { bytes: text.length, copy: () => new RegExp(text, letters) };
}

function urlLeaf(value: object): Leaf {
  try {
    const address = href(value) as string;
    return { bytes: address.length, copy: () => new URL(address) };
  } catch {
    return { problem: 'it poses as a URL and is none' };
  }
}

function bufferLeaf(value: ArrayBuffer): Leaf {
  return { bytes: bufferBytes(value) as number, copy: () => new Uint8Array(new Uint8Array(value)).buffer };
}

function viewLeaf(value: ArrayBufferView, prototype: object | null): Leaf {
  if (types.isDataView(value)) return ordinary(value, prototype, 'DataView') ?? dataViewLeaf(value);
  const bytes = viewBytes(value) as number;
  if (prototype === Buffer.prototype) {
    // Not Buffer.from: that hands out a piece of a slab of memory which it shares with others.
    return { bytes, copy: () => Buffer.from(new Uint8Array(value as Uint8Array).buffer) };
  }
  const view = viewClasses.get(viewKind(value));
  const above: unknown = prototype === null || types.isProxy(prototype) ? null : Object.getPrototypeOf(prototype);
  if (view === undefined || typeof above !== 'object' || !isBuiltinPrototype(above)) {
    return { problem: 'it is an instance of a class that extends a typed array' };
  }
  return { bytes, copy: () => new view(value) };
}

function dataViewLeaf(value: DataView): Leaf {
  try {
    const bytes = dataViewBytes(value) as number;
    const view = new Uint8Array(dataViewBuffer(value) as ArrayBuffer, dataViewOffset(value) as number, bytes);
    return { bytes, copy: () => new DataView(new Uint8Array(view).buffer) };
  } catch {
    return { problem: 'its memory has been given to another thread' };
  }
}

function getter(holder: object, key: PropertyKey): Getter {
  const property = Object.getOwnPropertyDescriptor(holder, key);
  if (property?.get === undefined) throw new TypeError(`this platform has no ${String(key)}`);
  return Function.prototype.call.bind(Reflect.get(property, 'get') as () => unknown) as Getter;
}
