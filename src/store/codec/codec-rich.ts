// Packs what `toPlain` has made: plain data with Dates, Maps, Sets, patterns, addresses and memory in it. That copy is
// the house's own, has no accessors and no cycles, and is within the limits of size and depth; what it shares is
// written out each time it is met, so the size is watched here again.

import { types } from 'node:util';
import { UnserializableError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { tag, viewNames } from './codec-tags.ts';
import { writeText } from './codec-text.ts';
import { writeCount, writeLength, writeNumber, writeTag } from './codec-write.ts';
import type { Slab } from './slab.ts';

const float_bytes = 9;

/**
 * Packs a copy that `toPlain` has made.
 *
 * @throws UNSERIALIZABLE when it is larger than `limits.store.value_bytes` once its shared parts are written out.
 */
export function writeRich(slab: Slab, value: unknown, subject: string): void {
  new RichWriter(slab, subject).member(value);
}

class RichWriter {
  readonly #slab: Slab;
  readonly #subject: string;
  readonly #end: number;

  constructor(slab: Slab, subject: string) {
    this.#slab = slab;
    this.#subject = subject;
    this.#end = slab.at + limits.store.value_bytes;
  }

  member(value: unknown): void {
    const slab = this.#slab;
    if (slab.at > this.#end) {
      const limit = limits.store.value_bytes;
      throw new UnserializableError(
        this.#subject,
        `it is larger than ${limit} bytes with its shared parts written out`,
      );
    }
    if (typeof value === 'string') writeText(slab, value);
    else if (typeof value === 'number') writeNumber(slab, value);
    else if (typeof value === 'bigint') this.#bigint(value);
    else if (typeof value === 'object' && value !== null) this.#object(value);
    else writeTag(slab, simpleTag(value));
  }

  #object(value: object): void {
    if (Array.isArray(value)) this.#list(value);
    else if (types.isMap(value)) this.#map(value);
    else if (types.isSet(value)) this.#set(value);
    else if (types.isDate(value)) this.#date(value);
    else if (types.isRegExp(value)) this.#pattern(value);
    else if (types.isArrayBuffer(value) || ArrayBuffer.isView(value)) this.#bytes(value);
    else if (value instanceof URL) this.#url(value);
    else this.#record(value, Object.keys(value));
  }

  #record(value: object, names: readonly string[]): void {
    writeCount(this.#slab, names.length, tag.smallRecord, tag.record);
    for (const name of names) {
      writeText(this.#slab, name);
      this.member((value as Readonly<Record<string, unknown>>)[name]);
    }
  }

  #list(value: readonly unknown[]): void {
    const names = Object.keys(value).slice(value.length);
    if (names.length > 0) writeTag(this.#slab, tag.namedList);
    writeCount(this.#slab, value.length, tag.smallList, tag.list);
    for (const member of value) this.member(member);
    if (names.length > 0) this.#record(value, names);
  }

  #map(value: ReadonlyMap<unknown, unknown>): void {
    writeLength(this.#slab, tag.map, value.size);
    for (const [key, member] of value) {
      this.member(key);
      this.member(member);
    }
  }

  #set(value: ReadonlySet<unknown>): void {
    writeLength(this.#slab, tag.set, value.size);
    for (const member of value) this.member(member);
  }

  #bigint(value: bigint): void {
    writeTag(this.#slab, tag.bigint);
    writeText(this.#slab, value.toString(16));
  }

  #date(value: Date): void {
    const slab = this.#slab;
    slab.ensure(float_bytes);
    slab.bytes[slab.at] = tag.date;
    slab.view.setFloat64(slab.at + 1, value.getTime());
    slab.at += float_bytes;
  }

  #pattern(value: RegExp): void {
    writeTag(this.#slab, tag.pattern);
    writeText(this.#slab, value.source);
    writeText(this.#slab, value.flags);
  }

  #url(value: URL): void {
    writeTag(this.#slab, tag.url);
    writeText(this.#slab, value.href);
  }

  #bytes(value: ArrayBuffer | ArrayBufferView): void {
    const slab = this.#slab;
    const bytes = ArrayBuffer.isView(value)
      ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      : new Uint8Array(value);
    writeTag(slab, tag.bytes);
    writeLength(slab, viewKind(value), bytes.length);
    slab.ensure(bytes.length);
    slab.bytes.set(bytes, slab.at);
    slab.at += bytes.length;
  }
}

function simpleTag(value: unknown): number {
  if (value === null) return tag.null;
  if (value === undefined) return tag.undefined;
  return value === true ? tag.true : tag.false;
}

function viewKind(value: ArrayBuffer | ArrayBufferView): number {
  const name = Buffer.isBuffer(value) ? 'Buffer' : Object.prototype.toString.call(value).slice('[object '.length, -1);
  return viewNames.indexOf(name as (typeof viewNames)[number]);
}
