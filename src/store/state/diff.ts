// What is different between two values of plain data: one entry for each place. Lists are compared place by place,
// objects and Maps key by key, Sets member by member, everything else as a whole. The order is always the same, and
// parts that both values share, or that are met again and again, are compared once.

import { types } from 'node:util';
import { limits } from '../../base/limits.ts';
import { Identities } from './diff-identity.ts';

/** One place that differs. What was not there has no `before`, what is no longer there no `after`. */
export interface DiffEntry {
  /** `.items[3].name`, `.prices.get("apple")`, `.tags.has("new")`; empty for the whole value. */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** What is different between two values. */
export interface Diff {
  /** The first 1,000 places: properties by name, places in lists by index, Maps and Sets in their own order. */
  readonly entries: readonly DiffEntry[];
  /** How many places more. */
  readonly more: number;
}

/**
 * What is different between two values of plain data.
 *
 * Numbers are compared as `Object.is` does: NaN is NaN, and 0 is not -0. Objects that are keys of a Map or members of
 * a Set are the same when their content is.
 *
 * @param most - How many entries to list; default 1,000.
 */
export function diffOf(before: unknown, after: unknown, most: number = limits.state.diffEntries_count): Diff {
  const comparison = new Comparison(most);
  const count = comparison.compare(before, after, '', 0);
  return { entries: comparison.entries, more: count - comparison.entries.length };
}

type Plain = Readonly<Record<string, unknown>>;

class Comparison {
  readonly entries: DiffEntry[] = [];
  readonly #most: number;
  readonly #identities = new Identities();
  /** In how many places two objects differ that have been compared; 0 while they are. */
  readonly #known = new Map<object, Map<object, number>>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Notes what differs and counts it. */
  compare(a: unknown, b: unknown, path: string, depth: number): number {
    if (Object.is(a, b)) return 0;
    if (!isObject(a) || !isObject(b)) return this.#note({ path, before: a, after: b });
    const pairs = this.#known.get(a) ?? new Map<object, number>();
    const known = pairs.get(b);
    if (known === 0 || (known !== undefined && this.entries.length >= this.#most)) return known;
    this.#known.set(a, pairs.set(b, 0));
    const count = this.#inside(a, b, path, depth);
    pairs.set(b, count);
    return count;
  }

  #inside(a: object, b: object, path: string, depth: number): number {
    if (depth < limits.message.depth_levels) {
      if (Array.isArray(a) && Array.isArray(b)) return this.#lists(a, b, path, depth);
      if (types.isMap(a) && types.isMap(b)) return this.#maps(a, b, path, depth);
      if (types.isSet(a) && types.isSet(b)) return this.#sets(a, b, path);
      if (isPlain(a) && isPlain(b)) return this.#records(a, b, path, depth);
    }
    return this.#identities.of(a) === this.#identities.of(b) ? 0 : this.#note({ path, before: a, after: b });
  }

  #records(a: Plain, b: Plain, path: string, depth: number): number {
    const names = new Set([...Object.keys(a), ...Object.keys(b)]);
    return sum([...names].toSorted(), (name) => {
      const place = path + propertyStep(name);
      if (!Object.hasOwn(b, name)) return this.#note({ path: place, before: a[name] });
      if (!Object.hasOwn(a, name)) return this.#note({ path: place, after: b[name] });
      return this.compare(a[name], b[name], place, depth + 1);
    });
  }

  #lists(a: readonly unknown[], b: readonly unknown[], path: string, depth: number): number {
    let count = 0;
    for (let index = 0; index < Math.max(a.length, b.length); index++) {
      const place = `${path}[${index}]`;
      if (index >= b.length) count += this.#note({ path: place, before: a[index] });
      else if (index >= a.length) count += this.#note({ path: place, after: b[index] });
      else count += this.compare(a[index], b[index], place, depth + 1);
    }
    return count;
  }

  #maps(a: ReadonlyMap<unknown, unknown>, b: ReadonlyMap<unknown, unknown>, path: string, depth: number): number {
    const left = this.#members([...a.entries()], ([key]) => key);
    const right = this.#members([...b.entries()], ([key]) => key);
    const place = (key: unknown, index: number): string => `${path}${memberStep('get', key, index)}`;
    return (
      sum(
        [...left],
        ([
          name,
          {
            index,
            member: [key, before],
          },
        ]) => {
          const other = right.get(name);
          if (other === undefined) return this.#note({ path: place(key, index), before });
          return this.compare(before, other.member[1], place(key, index), depth + 1);
        },
      ) +
      sum(
        [...right],
        ([
          name,
          {
            index,
            member: [key, after],
          },
        ]) => (left.has(name) ? 0 : this.#note({ path: place(key, index), after })),
      )
    );
  }

  #sets(a: ReadonlySet<unknown>, b: ReadonlySet<unknown>, path: string): number {
    const left = this.#members([...a], (member) => member);
    const right = this.#members([...b], (member) => member);
    const place = (member: unknown, index: number): string => `${path}${memberStep('has', member, index)}`;
    return (
      sum([...left], ([name, { index, member }]) =>
        right.has(name) ? 0 : this.#note({ path: place(member, index), before: member }),
      ) +
      sum([...right], ([name, { index, member }]) =>
        left.has(name) ? 0 : this.#note({ path: place(member, index), after: member }),
      )
    );
  }

  /** Members of a collection by what they are, with their places in it. */
  #members<Member>(
    members: readonly Member[],
    keyOf: (member: Member) => unknown,
  ): ReadonlyMap<string, { readonly index: number; readonly member: Member }> {
    return new Map(members.map((member, index) => [this.#identities.of(keyOf(member)), { index, member }]));
  }

  #note(entry: DiffEntry): number {
    if (this.entries.length < this.#most) this.entries.push(entry);
    return 1;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Whether its content is its properties. */
function isPlain(value: object): value is Plain {
  const kind = Object.prototype.toString.call(value);
  return kind === '[object Object]' && !(value instanceof URL);
}

function propertyStep(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

/** A member of a Map or Set by what it is; one that is an object, by its place. */
function memberStep(verb: 'get' | 'has', member: unknown, index: number): string {
  if (typeof member === 'string') return `.${verb}(${JSON.stringify(member)})`;
  if (isObject(member)) return `.values()[${index}]`;
  return `.${verb}(${typeof member === 'bigint' ? `${member}n` : String(member)})`;
}

function sum<Each>(list: readonly Each[], count: (each: Each) => number): number {
  let total = 0;
  for (const each of list) total += count(each);
  return total;
}
