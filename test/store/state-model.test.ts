// The whole of shared state against a plain map of versions: whatever is done to it, in one go or with commits on
// their way, it answers what the map answers.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { VersionedState } from '../../src/store/state/state.ts';
import { kits } from './state-kit.ts';

const kept = 4;

interface ModelVersion {
  readonly version: number;
  readonly value: unknown;
}

/** What shared state is, without stores, promises and limits. */
class Model {
  readonly #keys = new Map<string, ModelVersion[]>();
  readonly #last = new Map<string, number>();

  get(key: string): ModelVersion | undefined {
    return this.#keys.get(key)?.[0];
  }

  version(key: string): number {
    return this.get(key)?.version ?? 0;
  }

  history(key: string): readonly ModelVersion[] {
    return this.#keys.get(key) ?? [];
  }

  keys(prefix: string): readonly string[] {
    return [...this.#keys.keys()].filter((key) => key.startsWith(prefix)).toSorted();
  }

  set(key: string, value: unknown): number {
    const version = (this.#last.get(key) ?? 0) + 1;
    this.#last.set(key, version);
    this.#keys.set(key, [{ version, value }, ...this.history(key)].slice(0, kept));
    return version;
  }

  delete(key: string): boolean {
    if (!this.#keys.delete(key)) return false;
    this.#last.set(key, (this.#last.get(key) ?? 0) + 1);
    return true;
  }
}

/** Something done to both; what comes back is compared. */
interface Step {
  readonly name: string;
  real(state: VersionedState): Promise<unknown>;
  model(model: Model): unknown;
}

const key = fc.constantFrom('a', 'a/1', 'b', 'ä');
const value = fc.oneof(
  fc.integer(),
  fc.string(),
  fc.constantFrom(null, Number.NaN, -0, 10n ** 30n),
  fc.date({ noInvalidDate: true }),
  fc.record({ list: fc.array(fc.integer(), { maxLength: 3 }), map: fc.constant(new Map([['k', new Set([1])]])) }),
);
const version = fc.integer({ min: 1, max: 12 });
const conflict = (key_: string, expected: number, actual: number): unknown => ({ key: key_, expected, actual });

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(key, value).map(([k, v]): Step => ({
    name: `set ${k}`,
    real: (state) => state.set(k, v),
    model: (model) => model.set(k, v),
  })),
  fc.tuple(key, value, fc.nat(6)).map(([k, v, expected]): Step => ({
    name: `set ${k} at ${expected}`,
    real: (state) => state.set(k, v, { expectedVersion: expected }),
    model: (model) => (model.version(k) === expected ? model.set(k, v) : conflict(k, expected, model.version(k))),
  })),
  key.map((k): Step => ({
    name: `delete ${k}`,
    real: (state) => state.delete(k),
    model: (model) => model.delete(k),
  })),
  fc.tuple(key, value).map(([k, v]): Step => ({
    name: `update ${k}`,
    real: (state) => state.update<unknown>(k, (old) => ({ old, v })),
    model: (model) => {
      const next = { old: model.get(k)?.value, v };
      return { value: next, version: model.set(k, next) };
    },
  })),
  fc.tuple(key, version).map(([k, old]): Step => ({
    name: `rollback ${k} to ${old}`,
    real: (state) => state.rollback(k, old),
    model: (model) => {
      const found = model.history(k).find((each) => each.version === old);
      return found === undefined ? 'INVALID_OPTION' : model.set(k, found.value);
    },
  })),
  fc
    .tuple(fc.array(fc.tuple(key, fc.option(value, { nil: undefined })), { maxLength: 4 }), fc.boolean())
    .map(([writes, throws]): Step => ({
      name: `transaction of ${writes.length}${throws ? ' that throws' : ''}`,
      real: (state) =>
        state.transaction((tx) => {
          for (const [k, v] of writes) {
            if (v === undefined) tx.delete(k);
            else tx.set(k, v);
          }
          if (throws) throw new TypeError('thrown');
          return writes.map(([k]) => tx.get(k)?.value);
        }),
      model: (model) => {
        if (throws) return 'thrown';
        const last = new Map(writes);
        for (const [k, v] of last) {
          if (v === undefined) model.delete(k);
          else model.set(k, v);
        }
        return writes.map(([k]) => last.get(k));
      },
    })),
);

/** What a promise comes to, errors as their details or names. */
function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => {
    const { code, details, message } = error as { code?: string; details?: unknown; message: string };
    return code === 'VERSION_CONFLICT' ? details : (code ?? message);
  });
}

function look(state: VersionedState): unknown {
  const all = [...state.keys()];
  return {
    all,
    below: [...state.keys('a')],
    now: all.map((k) => [k, state.get(k)?.value, state.get(k)?.version]),
    history: all.map((k) => state.history(k).map((each) => [each.version, state.at(k, each.version)?.value])),
    gone: state.at('a', 13),
  };
}

function lookAt(model: Model): unknown {
  const all = model.keys('');
  return {
    all,
    below: model.keys('a'),
    now: all.map((k) => [k, model.get(k)?.value, model.get(k)?.version]),
    history: all.map((k) => model.history(k).map((each) => [each.version, each.value])),
    gone: undefined,
  };
}

describe.each(kits)('on %s, random steps equal the model', (_name, make, share) => {
  test('one after the other', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 25 }), async (list) => {
        const { state, ends, end } = await make({ versions: kept });
        const model = new Model();
        for (const step of list) {
          expect(await ends(outcome(step.real(state))), step.name).toEqual(step.model(model));
          expect(look(state)).toEqual(lookAt(model));
        }
        await end();
      }),
      { numRuns: 60 * share },
    );
  });

  test('all at once, but for rollbacks, which go by what has landed', { timeout: 60_000 }, async () => {
    const atOnce = steps.filter(({ name }) => !name.startsWith('rollback'));
    await fc.assert(
      fc.asyncProperty(fc.array(atOnce, { maxLength: 25 }), async (list) => {
        const { state, ends, end } = await make({ versions: kept });
        const model = new Model();
        const outcomes = await ends(Promise.all(list.map((step) => outcome(step.real(state)))));
        expect(outcomes).toEqual(list.map((step) => step.model(model)));
        expect(look(state)).toEqual(lookAt(model));
        await end();
      }),
      { numRuns: 60 * share },
    );
  });
});
