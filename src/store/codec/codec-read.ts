// Unpacks what the codec has packed. Everything read is a copy of the caller's own, which shares no memory with the
// store. Bytes that make no sense are an error and never a value: they get here only if a checksum held over them.

import { dateOf } from '../../base/date-of.ts';
import { tag, viewNames } from './codec-tags.ts';

type ViewMaker = (memory: ArrayBuffer) => object;

const viewMakers: readonly (ViewMaker | undefined)[] = viewNames.map((name) => {
  if (name === 'ArrayBuffer') return (memory) => memory;
  if (name === 'Buffer') return (memory) => Buffer.from(memory);
  const view = Reflect.get(globalThis, name) as (new (memory: ArrayBuffer) => object) | undefined;
  return view === undefined ? undefined : (memory) => new view(memory);
});

const shownText_chars = 16;

/** Reads one value. */
export class Reader {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  #at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    this.#end = end;
  }

  /** The value, which must be all there is. */
  whole(): unknown {
    const value = this.#value();
    if (this.#at !== this.#end) throw new RangeError(`${this.#end - this.#at} bytes are left over`);
    return value;
  }

  #value(): unknown {
    const head = this.#byte();
    if (head < tag.shortText) return head;
    if (head < tag.smallRecord) return this.#shortText(head - tag.shortText);
    if (head < tag.smallList) return this.#record(head - tag.smallRecord, {});
    if (head < tag.null) return this.#list(head - tag.smallList);
    return head < tag.bigint ? this.#common(head) : this.#rich(head);
  }

  #common(head: number): unknown {
    switch (head) {
      case tag.null:
        return null;
      case tag.undefined:
        return undefined;
      case tag.false:
        return false;
      case tag.true:
        return true;
      case tag.int32:
        return this.#view.getInt32(this.#step(4));
      case tag.float64:
        return this.#view.getFloat64(this.#step(8));
      case tag.utf8:
        return this.#longText('utf8');
      case tag.utf16:
        return this.#longText('utf16le');
      case tag.record:
        return this.#record(this.#count(), {});
      default:
        return this.#list(this.#count());
    }
  }

  #rich(head: number): unknown {
    switch (head) {
      case tag.bigint:
        return this.#bigint();
      case tag.date:
        return dateOf(this.#view.getFloat64(this.#step(8)));
      case tag.map:
        return this.#map(this.#count());
      case tag.set:
        return this.#set(this.#count());
      case tag.pattern:
        return new RegExp(this.#text(), this.#text());
      case tag.url:
        return new URL(this.#text());
      case tag.bytes:
        return this.#memory();
      case tag.namedList:
        return this.#namedList();
      default:
        throw new RangeError(`tag ${head} is not known`);
    }
  }

  #record(count: number, record: object): object {
    for (let index = 0; index < count; index++) {
      const name = this.#text();
      const value = this.#value();
      // What a record inherits, `constructor` or a setter someone put on Object.prototype, must not be assigned.
      if (name in record)
        Object.defineProperty(record, name, { value, writable: true, enumerable: true, configurable: true });
      else (record as Record<string, unknown>)[name] = value;
    }
    return record;
  }

  #list(count: number): unknown[] {
    const list: unknown[] = [];
    for (let index = 0; index < count; index++) list.push(this.#value());
    return list;
  }

  #namedList(): object {
    const list = this.#value();
    if (!Array.isArray(list)) throw new RangeError('a list is expected');
    const head = this.#byte();
    const isSmall = head >= tag.smallRecord && head < tag.smallList;
    if (!isSmall && head !== tag.record) throw new RangeError('a record is expected');
    return this.#record(isSmall ? head - tag.smallRecord : this.#count(), list);
  }

  #map(count: number): Map<unknown, unknown> {
    const map = new Map<unknown, unknown>();
    for (let index = 0; index < count; index++) {
      const key = this.#value();
      map.set(key, this.#value());
    }
    return map;
  }

  #set(count: number): Set<unknown> {
    const set = new Set<unknown>();
    for (let index = 0; index < count; index++) set.add(this.#value());
    return set;
  }

  #bigint(): bigint {
    const text = this.#text();
    return text.startsWith('-') ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`);
  }

  #memory(): object {
    const kind = this.#byte();
    const length = this.#count();
    const start = this.#step(length);
    const make = viewMakers[kind];
    if (make === undefined) throw new RangeError(`this platform has no ${viewNames[kind] ?? `memory of kind ${kind}`}`);
    return make(new Uint8Array(this.#bytes.subarray(start, start + length)).buffer);
  }

  #text(): string {
    const value = this.#value();
    if (typeof value !== 'string') throw new RangeError('text is expected');
    return value;
  }

  #shortText(length: number): string {
    const start = this.#step(length);
    if (length > shownText_chars) return this.#bytes.toString('latin1', start, start + length);
    let text = '';
    for (let index = start; index < start + length; index++) text += String.fromCharCode(this.#bytes[index] as number);
    return text;
  }

  #longText(encoding: 'utf8' | 'utf16le'): string {
    const length = this.#count();
    const start = this.#step(length);
    return this.#bytes.toString(encoding, start, start + length);
  }

  #count(): number {
    return this.#view.getUint32(this.#step(4));
  }

  #byte(): number {
    return this.#bytes[this.#step(1)] as number;
  }

  /** Goes on by so many bytes, and says where they begin. */
  #step(count: number): number {
    const start = this.#at;
    if (count > this.#end - start) throw new RangeError('the value ends too early');
    this.#at = start + count;
    return start;
  }
}
