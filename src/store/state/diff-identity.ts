// Names for values of plain data: two have the same name exactly when their content is the same. What is met twice is
// read once, so that parts shared many times over cost no more than what is in memory.

import { types } from 'node:util';

/** Gives names; two names can be compared when one instance gave them. */
export class Identities {
  readonly #names = new Map<object, string>();
  readonly #byContent = new Map<string, string>();

  /** The name of a value. */
  of(value: unknown): string {
    if (typeof value !== 'object' || value === null) return leafName(value);
    const known = this.#names.get(value);
    if (known !== undefined) return known;
    this.#names.set(value, 'within itself');
    const content = this.#content(value);
    const name = this.#byContent.get(content) ?? `#${this.#byContent.size}`;
    this.#byContent.set(content, name);
    this.#names.set(value, name);
    return name;
  }

  #content(value: object): string {
    if (Array.isArray(value)) return `list ${value.map((each) => this.of(each)).join()}`;
    if (types.isMap(value))
      return `map ${[...value].map((pair) => pair.map((each) => this.of(each)).join('=')).join()}`;
    if (types.isSet(value)) return `set ${[...value].map((each) => this.of(each)).join()}`;
    if (types.isDate(value)) return `date ${value.getTime()}`;
    if (types.isRegExp(value)) return `pattern ${String(value)}`;
    if (value instanceof URL) return `url ${value.href}`;
    if (ArrayBuffer.isView(value)) {
      const kind = Object.prototype.toString.call(value);
      return `${kind} ${hex(value.buffer, value.byteOffset, value.byteLength)}`;
    }
    if (types.isAnyArrayBuffer(value)) return `buffer ${hex(value, 0, value.byteLength)}`;
    const names = Object.keys(value).toSorted();
    return `record ${names.map((name) => `${JSON.stringify(name)}:${this.of(Reflect.get(value, name))}`).join()}`;
  }
}

function hex(buffer: ArrayBufferLike, offset: number, length: number): string {
  return Buffer.from(buffer, offset, length).toString('hex');
}

/** Text is quoted, so that it is never taken for another value or for more than one. */
function leafName(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  return Object.is(value, -0) ? '-0' : String(value);
}
