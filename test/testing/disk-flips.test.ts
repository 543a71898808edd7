// Bits that flip on a simulated disk: each is found when it is read, or is in what nobody reads any more. What is served
// is what was last written, or an older whole version of it, or nothing; and of the latter two somebody is told.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StoreAdmin } from '../../src/store/admin.ts';
import type { StoredRecord } from '../../src/store/port.ts';
import { Decisions } from '../../src/testing/world/decisions.ts';
import { DiskWorld } from './disk-kit.ts';
import { keepOf } from './disk-model.ts';

type Act =
  | { readonly type: 'write' | 'read'; readonly key: string }
  | { readonly type: 'crash'; readonly how: 'kill' | 'power' };

const keys = ['A', 'B', 'c', 'd'];
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constantFrom('write' as const, 'read' as const), key: fc.constantFrom(...keys) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('crash' as const), how: fc.constantFrom('kill' as const, 'power') }),
  },
);

class Trial {
  readonly world: DiskWorld;
  /** What was written of each key, in its order. */
  readonly #written = new Map<string, { readonly version: number; readonly stamp: number }[]>();
  #stamp = 0;

  constructor(flipped: number, seed: number) {
    this.world = new DiskWorld({ flipped, lost: 1, torn: 1 }, new Decisions(seed));
  }

  async act(step: Act, store: StoreAdmin): Promise<StoreAdmin> {
    if (step.type === 'crash') return this.world.crash(step.how);
    if (step.type === 'write') await this.#write(store, step.key);
    else this.read(store, step.key);
    return store;
  }

  async #write(store: StoreAdmin, key: string): Promise<void> {
    this.#stamp += 1;
    const stamp = this.#stamp;
    const commit = store.commit([{ key, value: { key, stamp, text: 'x'.repeat(stamp % 50) }, keep: keepOf(key) }]);
    const version = store.version(key);
    expect(await this.world.outcome(commit)).toBe('landed');
    const written = this.#written.get(key) ?? [];
    const last = written.at(-1)?.version ?? 0;
    // Of a key of which nothing whole is left nobody knows the version: it may begin anew.
    if (this.world.disk.injected.size === 0) expect(version).toBe(last + 1);
    this.#written.set(key, [...written, { version, stamp }]);
  }

  /** What is read of a key is no lie, and nothing is missing silently. */
  read(store: StoreAdmin, key: string): void {
    const written = this.#written.get(key) ?? [];
    const { damage } = this.world;
    const record = store.get(key);
    if (record !== undefined) this.#expectTrue(key, record);
    const isNewest = record?.version === written.at(-1)?.version;
    if (!isNewest) expect(damage.findLast((each) => each.key === key)?.served).toBe(record?.version);
    for (const { version } of store.history(key)) {
      const old = store.at(key, version);
      if (old !== undefined) this.#expectTrue(key, old);
    }
    for (const each of store.scan(key)) {
      const value = each.value() as { readonly stamp: number } | undefined;
      if (value !== undefined) expect(written.map(({ stamp }) => stamp)).toContain(value.stamp);
    }
  }

  #expectTrue(key: string, { version, value }: StoredRecord): void {
    const stamp = (this.#written.get(key) ?? []).findLast((each) => each.version === version)?.stamp;
    expect(value).toEqual({ key, stamp, text: 'x'.repeat((stamp ?? 0) % 50) });
  }
}

test('of bits that flip nothing wrong is served, and nothing goes missing silently', async () => {
  let flipped = 0;
  let damaged = 0;
  const steps = fc.array(act, { minLength: 1, maxLength: 60, size: 'max' });
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 5, max: 60 }), fc.nat(), async (acts, rate, seed) => {
      const trial = new Trial(rate, seed);
      let store = await trial.world.open();
      for (const step of acts) store = await trial.act(step, store);
      for (const key of keys) trial.read(store, key);
      flipped += trial.world.disk.injected.get('flipped') ?? 0;
      damaged += trial.world.damage.length;
    }),
    { numRuns: 60 },
  );
  expect(flipped).toBeGreaterThan(100);
  expect(damaged).toBeGreaterThan(50);
}, 20_000);
