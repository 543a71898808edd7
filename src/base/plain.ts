// The gate for everything that comes from tasks, agents and, in development mode, messages: a deep copy made of
// plain data only, or a refusal that names the path. No code of the value runs: proxies and accessors are refused
// unread, because a getter can throw, lie, or burn time that nobody can stop; `toJSON` and `then` are never called.
// (Errors are the exception, see `plain-error.ts`.) Bounded in depth, keys and size, counted as it goes.

import { types } from 'node:util';
import { describeError, UnserializableError } from './errors.ts';
import { limits } from './limits.ts';
import { toErrorData, type ErrorData } from './plain-error.ts';
import { isBuiltinPrototype, isError, isListPrototype, isPlainPrototype, kindOf } from './plain-kinds.ts';
import { leafOf } from './plain-leaf.ts';
import { pathOf, type Step } from './plain-path.ts';
import { container_bytes, type PlainLimits, Tally } from './plain-tally.ts';

export { toErrorData } from './plain-error.ts';
export { checkEvent, isEvent } from './plain-event.ts';
export { deepFreeze } from './plain-freeze.ts';
export type { PlainLimits } from './plain-tally.ts';

/**
 * A deep copy of a value, made of plain data only.
 *
 * Allowed: null, undefined, booleans, numbers (NaN, infinities and -0 stay), bigints, strings, valid Dates, Maps,
 * Sets, typed arrays, DataViews, Buffers and ArrayBuffers, RegExps, URLs, plain objects and lists. An Error
 * becomes {@link ErrorData}. Holes in lists become undefined; properties that are not enumerable are left behind.
 * What is met twice is copied once, so shared parts stay shared.
 *
 * Refused: functions, symbols (as values and as keys), proxies, accessors, promises, class instances, shared
 * memory, an own `__proto__`, cycles, and whatever is too deep, has too many keys or is too large.
 *
 * @param subject - What the value is, the head of the path in the refusal: `input`, `output`.
 * @param bounds - Default `limits.message`: 64 levels, 100,000 keys, 10 MiB.
 * @throws UNSERIALIZABLE with the path of the first offending value and what is wrong with it.
 */
export function toPlain(value: unknown, subject: string, bounds: PlainLimits = limits.message): unknown {
  const copier = new Copier(subject, bounds);
  try {
    return copier.copy(value, 0);
  } catch (error) {
    if (error instanceof UnserializableError) throw error;
    // Memory given to another thread, a stack that was all but full, a module that is still loading.
    throw copier.refusal(copier.reached, `it cannot be read (${describeError(error)})`);
  }
}

/** An object met on the way: its copy, where it was, and how many levels it holds once it is copied. */
interface Known {
  readonly source: object;
  readonly copy: object;
  readonly depth: number;
  /** The deepest level reached before it. */
  readonly above: number;
  height: number;
}

const open = -1;
const slot_bytes = 8;
const scanned_objects = 8;
const none: readonly string[] = [];
// Says whether a place in a list is an accessor, without running it, three times as fast as its descriptor does.
const lookupGetter = Function.prototype.call.bind(
  Reflect.get(Object.prototype, '__lookupGetter__') as () => unknown,
) as (list: readonly unknown[], index: number) => unknown;
const accessorProblem = 'it is a getter or setter; pass its value';

class Copier extends Tally {
  /** How deep the copying was when it last entered something. */
  reached = 0;
  /** The step taken at each depth; valid up to the current one. */
  readonly #trail: Step[] = [];
  readonly #known: Known[] = [];
  #index: Map<object, Known> | undefined;

  copy(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
        this.addText(value, depth);
        return value;
      case 'object':
        return value === null ? null : this.#object(value, depth);
      case 'bigint':
        this.addBigint(value, depth);
        return value;
      case 'function':
        throw this.refusal(depth, 'it is a function');
      case 'symbol':
        throw this.refusal(depth, 'it is a symbol');
      default:
        return value;
    }
  }

  override refusal(depth: number, problem: string): UnserializableError {
    return new UnserializableError(pathOf(this.subject, this.#trail.slice(0, depth)), problem);
  }

  #object(value: object, depth: number): object {
    this.reached = depth;
    if (types.isProxy(value)) throw this.refusal(depth, 'it is a proxy');
    const known = this.#find(value);
    if (known !== undefined) return this.#again(known, depth);
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (Array.isArray(value)) return this.#list(value, prototype, depth);
    if (prototype === Object.prototype || prototype === null) return this.#record(value, depth);
    if (types.isMap(value)) return this.#map(value, prototype, depth);
    if (types.isSet(value)) return this.#set(value, prototype, depth);
    if (isError(value)) return this.#error(value, depth);
    const leaf = leafOf(value, prototype);
    if (leaf === undefined) {
      if (isPlainPrototype(prototype)) return this.#record(value, depth);
      throw this.refusal(depth, `it is ${kindOf(value, prototype)}`);
    }
    if ('problem' in leaf) throw this.refusal(depth, leaf.problem);
    this.addBytes(leaf.bytes, depth);
    const copy = leaf.copy();
    this.#remember({ source: value, copy, depth, above: 0, height: 0 });
    return copy;
  }

  #record(value: object, depth: number): object {
    const keys = Object.keys(value);
    this.addKeys(keys.length, depth);
    const copy = {};
    const known = this.#enter(value, copy, depth);
    this.#properties(value, keys, copy, depth);
    return this.#leave(known);
  }

  #list(value: readonly unknown[], prototype: object | null, depth: number): object {
    if (!isListPrototype(prototype)) throw this.refusal(depth, `it is ${kindOf(value, prototype)}`);
    const { length } = value;
    this.addBytes(length * slot_bytes, depth);
    const copy: unknown[] = [];
    const known = this.#enter(value, copy, depth);
    for (let index = 0; index < length; index++) {
      this.#trail[depth] = index;
      copy.push(this.copy(this.#place(value, index, depth), depth + 1));
    }
    const names = namesOf(value, length);
    this.addKeys(names.length, depth);
    this.#properties(value, names, copy, depth);
    return this.#leave(known);
  }

  #properties(value: object, keys: readonly string[], copy: object, depth: number): void {
    const symbols = Object.getOwnPropertySymbols(value);
    if (symbols.length > 0) this.#checkSymbols(value, symbols, depth);
    for (const key of keys) {
      this.#trail[depth] = key;
      this.addBytes(slot_bytes + key.length, depth + 1);
      const member = this.copy(this.#own(value, key, depth), depth + 1);
      // What the copy inherits, `constructor` or a setter someone put on Object.prototype, must not be assigned.
      if (key in copy) this.#define(copy, key, member, depth);
      else (copy as Record<string, unknown>)[key] = member;
    }
  }

  #place(list: readonly unknown[], index: number, depth: number): unknown {
    if (Object.hasOwn(list, index) && lookupGetter(list, index) === undefined) {
      const member = list[index];
      if (member !== undefined) return member;
    }
    return this.#own(list, index, depth); // a hole, an accessor, or indeed undefined
  }

  #own(value: object, key: string | number, depth: number): unknown {
    const property = Object.getOwnPropertyDescriptor(value, key);
    if (property === undefined) return undefined;
    if (property.get !== undefined || property.set !== undefined) throw this.refusal(depth + 1, accessorProblem);
    return property.value;
  }

  #define(copy: object, key: string, value: unknown, depth: number): void {
    if (key === '__proto__') throw this.refusal(depth + 1, "a property of this name would change the object's nature");
    Object.defineProperty(copy, key, { value, writable: true, enumerable: true, configurable: true });
  }

  #checkSymbols(value: object, symbols: readonly symbol[], depth: number): void {
    if (symbols.some((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol))) {
      throw this.refusal(depth, 'it has a symbol for a key');
    }
  }

  #map(value: ReadonlyMap<unknown, unknown>, prototype: object | null, depth: number): object {
    this.#checkCollection(value, prototype, 'Map', depth);
    const copy = new Map<unknown, unknown>();
    const known = this.#enter(value, copy, depth);
    let index = 0;
    Map.prototype.forEach.call(value, (member: unknown, key: unknown) => {
      this.#trail[depth] = { part: 'keys', index };
      this.addMember(depth);
      const keyCopy = this.copy(key, depth + 1);
      this.#trail[depth] = { part: 'values', index, key };
      copy.set(keyCopy, this.copy(member, depth + 1));
      index += 1;
    });
    return this.#leave(known);
  }

  #set(value: ReadonlySet<unknown>, prototype: object | null, depth: number): object {
    this.#checkCollection(value, prototype, 'Set', depth);
    const copy = new Set();
    const known = this.#enter(value, copy, depth);
    let index = 0;
    Set.prototype.forEach.call(value, (member: unknown) => {
      this.#trail[depth] = { part: 'values', index };
      this.addMember(depth);
      copy.add(this.copy(member, depth + 1));
      index += 1;
    });
    return this.#leave(known);
  }

  #checkCollection(value: object, prototype: object | null, name: string, depth: number): void {
    if (!isBuiltinPrototype(prototype)) {
      throw this.refusal(depth, `it is an instance of a class that extends ${name}`);
    }
    if (Object.keys(value).length > 0) throw this.refusal(depth, `it is a ${name} with properties of its own`);
  }

  #error(value: Error, depth: number): object {
    const copy = toErrorData(value);
    const known = this.#enter(value, copy, depth);
    for (let part: ErrorData | undefined = copy, level = depth; part !== undefined; part = part.cause) {
      level += 1;
      this.reach(level, depth);
      this.addKeys(Object.keys(part).length, depth);
      for (const text of [part.name, part.message, part.stack]) this.addText(text ?? '', depth);
    }
    return this.#leave(known);
  }

  // --- what was met before ---

  #enter(source: object, copy: object, depth: number): Known {
    this.addBytes(container_bytes, depth);
    const known: Known = { source, copy, depth, above: this.deepest, height: open };
    this.deepest = 0;
    this.reach(depth + 1, depth);
    this.#remember(known);
    return known;
  }

  #leave(known: Known): object {
    known.height = this.deepest - known.depth;
    this.deepest = Math.max(this.deepest, known.above);
    return known.copy;
  }

  /** Something is copied already. Met further down, it brings the levels it holds with it. */
  #again(known: Known, depth: number): object {
    if (known.height === open) {
      const first = pathOf(this.subject, this.#trail.slice(0, known.depth));
      throw this.refusal(depth, `it is the same object as ${first}, a cycle`);
    }
    this.reach(depth + known.height, depth);
    return known.copy;
  }

  /** Most values hold a few objects, which are faster looked through than hashed. */
  #find(source: object): Known | undefined {
    if (this.#index !== undefined) return this.#index.get(source);
    for (const known of this.#known) if (known.source === source) return known;
    return undefined;
  }

  #remember(known: Known): void {
    if (this.#index !== undefined) {
      this.#index.set(known.source, known);
      return;
    }
    this.#known.push(known);
    if (this.#known.length > scanned_objects) this.#index = new Map(this.#known.map((each) => [each.source, each]));
  }
}

/** The properties of a list that are no places in it, such as `index` and `groups` of a match. */
function namesOf(list: readonly unknown[], length: number): readonly string[] {
  const keys = Object.keys(list);
  const last = keys.at(-1); // places come first
  if (last === undefined || isPlace(last, length)) return none;
  return keys.filter((key) => !isPlace(key, length));
}

function isPlace(key: string, length: number): boolean {
  const place = Number(key);
  return place < length && String(place) === key && Number.isInteger(place) && place >= 0;
}
