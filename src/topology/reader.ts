// Reads one object of options that may be anything: each property once, whatever it throws, every mistake noted with
// its path, a default in the place of what can't be used. What was never asked for is an unknown key, so there is no
// second list of keys to keep in step.

import { InvalidOptionError, show } from '../base/errors.ts';
import { isName, nameRule } from './names.ts';
import { type Problems, attempt, pathTo, suggestion } from './problems.ts';

/** Unknown keys that are reported one by one; the rest as a number. */
const shownKeys_count = 20;

/** A function that a user gave; what it takes and returns is known to who asks for it. */
export type GivenFunction = (...args: never[]) => unknown;

/** A named entry of a record. */
export interface Entry {
  readonly name: string;
  readonly path: string;
  readonly value: unknown;
}

/** The options at one path. */
export class Reader {
  readonly path: string;
  readonly problems: Problems;
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #asked = new Set<string>();

  constructor(problems: Problems, path: string, values: ReadonlyMap<string, unknown>) {
    this.problems = problems;
    this.path = path;
    this.#values = values;
  }

  pathTo(key: string): string {
    return pathTo(this.path, key);
  }

  has(key: string): boolean {
    return this.#values.get(key) !== undefined;
  }

  get(key: string): unknown {
    this.#asked.add(key);
    return this.#values.get(key);
  }

  note(key: string, problem: string, mend: string): void {
    this.problems.add(this.pathTo(key), problem, mend);
  }

  /** A value made by a converter of `src/base` that throws INVALID_OPTION. */
  convert<Value>(key: string, convert: (value: unknown) => Value): Value | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    try {
      return convert(value);
    } catch (thrown) {
      const expected = thrown instanceof InvalidOptionError ? thrown.details.expected : 'another value';
      this.note(key, `is ${show(value)}.`, `Give ${expected}.`);
      return undefined;
    }
  }

  /** A number within bounds. */
  number(
    key: string,
    rule: { readonly min: number; readonly max?: number; readonly whole?: boolean },
  ): number | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    const { min, max = Number.MAX_SAFE_INTEGER, whole = true } = rule;
    const fits = typeof value === 'number' && value >= min && value <= max && (!whole || Number.isInteger(value));
    if (fits) return value;
    const upTo = rule.max === undefined ? `${min} or more` : `from ${min} to ${max}`;
    this.note(key, `is ${show(value)}.`, `Give a ${whole ? 'whole ' : ''}number, ${upTo}.`);
    return undefined;
  }

  /** One of some words. */
  oneOf<Word extends string>(key: string, words: readonly Word[]): Word | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    const found = words.find((word) => word === value);
    if (found === undefined) {
      const known = `Give one of ${words.map((word) => `'${word}'`).join(', ')}.`;
      this.note(
        key,
        `is ${show(value)}.`,
        typeof value === 'string' ? `${known} ${meant(value, words)}`.trim() : known,
      );
    }
    return found;
  }

  flag(key: string): boolean | undefined {
    const value = this.get(key);
    if (value === undefined || typeof value === 'boolean') return value;
    this.note(key, `is ${show(value)}.`, 'Give true or false.');
    return undefined;
  }

  /** A function; of which kind nobody can check, the caller has to trust its word. */
  fn(key: string, what: string): GivenFunction | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    if (typeof value === 'function') return value as GivenFunction;
    this.note(key, `is ${show(value)}.`, `Give ${what}.`);
    return undefined;
  }

  name(key: string): string | undefined {
    const value = this.get(key);
    if (value === undefined || isName(value)) return value;
    this.note(key, `is ${show(value)}.`, `Give ${nameRule}.`);
    return undefined;
  }

  /** A list of distinct strings that pass a test. With `alone`, one string stands for a list of one. */
  words(
    key: string,
    rule: { readonly test: (value: unknown) => value is string; readonly expected: string; readonly alone: boolean },
  ): string[] | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    const items = typeof value === 'string' && rule.alone ? [value] : toList(value);
    if (items === undefined) {
      this.note(
        key,
        `is ${show(value)}.`,
        `Give ${rule.alone ? `${rule.expected}, or a list of such` : `a list of ${rule.expected}`}.`,
      );
      return undefined;
    }
    const good = new Set<string>();
    for (const item of items) {
      if (!rule.test(item)) this.note(key, `has ${show(item)}.`, `Give ${rule.expected}.`);
      else if (good.has(item)) this.note(key, `has ${show(item)} twice.`, 'Name it once.');
      else good.add(item);
    }
    return [...good];
  }

  /** The options under a key; none when it is left out or no object. */
  section(key: string): Reader {
    const value = this.get(key);
    const read = value === undefined ? undefined : readOptions(this.problems, this.pathTo(key), value);
    return read ?? new Reader(this.problems, this.pathTo(key), new Map());
  }

  /** The entries of a record that users key by name. */
  entries(key: string): Entry[] {
    const read = this.section(key);
    const entries: Entry[] = [];
    for (const [name, value] of read.#values) {
      if (isName(name)) entries.push({ name, path: read.pathTo(name), value });
      else this.problems.add(read.pathTo(name), `is named ${show(name)}.`, `Name it with ${nameRule}.`);
    }
    return entries;
  }

  /** Reports every key that nobody asked for. `later` are options that are known but do nothing yet. */
  close(later: ReadonlySet<string> = new Set()): void {
    const unknown = [...this.#values.keys()].filter((key) => !this.#asked.has(key));
    for (const key of unknown.slice(0, shownKeys_count)) {
      if (later.has(key)) this.note(key, 'does nothing yet in this version.', 'Leave it out.');
      else this.note(key, `is no option here.`, `Remove it. ${suggestion(key, [...this.#asked])}`);
    }
    const rest = unknown.length - shownKeys_count;
    if (rest > 0)
      this.problems.add(this.path === '' ? 'topology' : this.path, `has ${rest} more unknown options.`, 'Remove them.');
  }
}

function meant(word: string, words: readonly string[]): string {
  const hint = suggestion(word, words);
  return hint.startsWith('Did') ? hint : '';
}

function toList(value: unknown): readonly unknown[] | undefined {
  const list = attempt(() => (Array.isArray(value) ? Array.from<unknown>(value) : undefined));
  return list.ok && list.value !== undefined && list.value.length > 0 ? list.value : undefined;
}

/** The own properties of an object of options; `undefined`, and noted, when it is none. */
export function readOptions(problems: Problems, path: string, value: unknown): Reader | undefined {
  const at = path === '' ? 'topology' : path;
  const keys = attempt(() => (isRecord(value) ? Object.keys(value) : undefined));
  if (!keys.ok) {
    problems.add(at, `can't be read: ${keys.reason}.`, 'Give a plain object.');
    return undefined;
  }
  if (keys.value === undefined) {
    problems.add(at, `is ${show(value)}.`, 'Give a plain object of options.');
    return undefined;
  }
  const values = new Map<string, unknown>();
  for (const key of keys.value) {
    const property = attempt((): unknown => (value as Readonly<Record<string, unknown>>)[key]);
    values.set(key, property.ok ? property.value : undefined);
    if (!property.ok) problems.add(pathTo(path, key), `can't be read: ${property.reason}.`, 'Give a plain value.');
  }
  return new Reader(problems, path, values);
}

/** An object as literals make it: no list, no instance of a class. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
