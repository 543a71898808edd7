// Packs a value in one walk. The walk knows plain records, lists, text, numbers and the like, and runs no code of the
// value: it stops at whatever else it meets (a proxy, a getter, a Date, something too deep or too large), and then
// `toPlain` judges the value and makes the copy that is packed instead. So every refusal and every path in one is
// `toPlain`'s, and the fast way can only ever be taken by what it understands in full.

import { types } from 'node:util';
import { limits } from '../../base/limits.ts';
import { small_count, smallNumber_max, tag } from './codec-tags.ts';
import { writeText } from './codec-text.ts';
import type { Slab } from './slab.ts';

// Says whether a property is an accessor without running it, faster than its descriptor does.
const lookupGetter = Function.prototype.call.bind(
  Reflect.get(Object.prototype, '__lookupGetter__') as () => unknown,
) as (holder: object, key: string | number) => unknown;
const lookupSetter = Function.prototype.call.bind(
  Reflect.get(Object.prototype, '__lookupSetter__') as () => unknown,
) as (holder: object, key: string | number) => unknown;

const { depth_levels, keys_count, size_bytes } = limits.message;
const number_bytes = 9;
const head_bytes = 5;

/** Keys met so far in the value that is being packed. */
let keys = 0;
/** Objects and lists entered so far. With parts that are shared there may be many more of them than `toPlain` sees. */
let entered = 0;
/** Where in the slab the value would be too large. */
let end = 0;

/**
 * Packs a value that is plain through and through.
 *
 * @returns False when it met something that it leaves to `toPlain`; what the slab holds from its place on is void then.
 */
export function writePlain(slab: Slab, value: unknown): boolean {
  keys = 0;
  entered = 0;
  end = slab.at + size_bytes;
  return writeMember(slab, value, 0);
}

function writeMember(slab: Slab, value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      if (value.length > end - slab.at) return false;
      writeText(slab, value);
      return true;
    case 'number':
      writeNumber(slab, value);
      return true;
    case 'boolean':
      writeTag(slab, value ? tag.true : tag.false);
      return true;
    case 'undefined':
      writeTag(slab, tag.undefined);
      return true;
    case 'object':
      if (value === null) {
        writeTag(slab, tag.null);
        return true;
      }
      return writeObject(slab, value, depth);
    default:
      return false;
  }
}

function writeObject(slab: Slab, value: object, depth: number): boolean {
  entered += 1;
  if (depth >= depth_levels || slab.at > end || entered > keys_count || types.isProxy(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return writeRecord(slab, value as Readonly<Record<string, unknown>>, depth);
  return prototype === Array.prototype && writeList(slab, value as readonly unknown[], depth);
}

function writeRecord(slab: Slab, value: Readonly<Record<string, unknown>>, depth: number): boolean {
  const names = Object.keys(value);
  const { length } = names;
  keys += length;
  if (keys > keys_count || Object.getOwnPropertySymbols(value).length > 0) return false;
  writeCount(slab, length, tag.smallRecord, tag.record);
  for (let index = 0; index < length; index++) {
    const name = names[index] as string;
    if (name === '__proto__' || lookupGetter(value, name) !== undefined) return false;
    const member = value[name];
    if (member === undefined && lookupSetter(value, name) !== undefined) return false;
    writeText(slab, name);
    if (!writeMember(slab, member, depth + 1)) return false;
  }
  return slab.at <= end;
}

function writeList(slab: Slab, value: readonly unknown[], depth: number): boolean {
  const { length } = value;
  // Places come first among the keys: as many keys as places, and the last one a place, is a list without holes or names.
  const places = Object.keys(value);
  if (places.length !== length || (length > 0 && places[length - 1] !== String(length - 1))) return false;
  if (Object.getOwnPropertySymbols(value).length > 0) return false;
  writeCount(slab, length, tag.smallList, tag.list);
  for (let index = 0; index < length; index++) {
    if (lookupGetter(value, index) !== undefined) return false;
    const member = value[index];
    if (member === undefined && lookupSetter(value, index) !== undefined) return false;
    if (!writeMember(slab, member, depth + 1)) return false;
  }
  return true;
}

/** One byte. */
export function writeTag(slab: Slab, byte: number): void {
  slab.ensure(1);
  slab.bytes[slab.at++] = byte;
}

/** How many members follow: in the tag while there are few. */
export function writeCount(slab: Slab, count: number, small: number, large: number): void {
  slab.ensure(head_bytes);
  if (count <= small_count) {
    slab.bytes[slab.at++] = small + count;
    return;
  }
  writeLength(slab, large, count);
}

/** A tag and a count in four bytes. */
export function writeLength(slab: Slab, head: number, count: number): void {
  slab.ensure(head_bytes);
  slab.bytes[slab.at] = head;
  slab.view.setUint32(slab.at + 1, count);
  slab.at += head_bytes;
}

/** A number, in as few bytes as it takes. */
export function writeNumber(slab: Slab, value: number): void {
  slab.ensure(number_bytes);
  const { view, at } = slab;
  if ((value | 0) !== value || Object.is(value, -0)) {
    slab.bytes[at] = tag.float64;
    view.setFloat64(at + 1, value);
    slab.at = at + number_bytes;
  } else if (value >= 0 && value <= smallNumber_max) {
    slab.bytes[at] = value;
    slab.at = at + 1;
  } else {
    slab.bytes[at] = tag.int32;
    view.setInt32(at + 1, value);
    slab.at = at + head_bytes;
  }
}
