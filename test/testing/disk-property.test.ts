// Random commits under random faults and crashes against a plain model: what is found is the state after some commit,
// with nothing acknowledged missing; and of bits that flip nothing wrong is ever served.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StoreAdmin } from '../../src/store/admin.ts';
import type { StoreWrite } from '../../src/store/port.ts';
import { Decisions } from '../../src/testing/world/decisions.ts';
import type { DiskFaults } from '../../src/testing/world/disk.ts';
import { DiskWorld } from './disk-kit.ts';
import { after, keepOf, read, type State, told } from './disk-model.ts';

type Act =
  | { readonly type: 'commit'; readonly keys: readonly (readonly [key: string, isDelete: boolean])[] }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'crash'; readonly how: 'kill' | 'power' };

const names = ['A', 'B', 'c', 'd'];
const key = fc.constantFrom(...names);
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('commit' as const),
      keys: fc.array(
        fc.tuple(
          key,
          fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
        ),
        { maxLength: 4 },
      ),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.nat(6) }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('crash' as const), how: fc.constantFrom('kill' as const, 'power') }),
  },
);

/** A run of a disk and of what may be on it. */
class Trial {
  readonly world: DiskWorld;
  store: StoreAdmin | undefined;
  /**
   * States that may be there, by how many of the commits since the last look have landed; several rows of them, since
   * what is left of a deleted key can't be seen by looking.
   */
  #lines: readonly State[][] = [[new Map()]];
  #called = 0;
  #acknowledged = 0;
  #stamp = 0;
  #outage = false;
  #refused = 0;

  constructor(faults: DiskFaults, seed: number) {
    this.world = new DiskWorld(faults, new Decisions(seed));
  }

  async act(step: Act): Promise<void> {
    this.store ??= await this.world.open();
    if (step.type === 'commit') this.#commit(this.store, step.keys);
    else if (step.type === 'wait') await this.world.clock.advance(step.ms);
    else {
      this.store = await this.world.crash(step.how);
      this.look();
    }
    await this.world.clock.drain();
    if (this.#outage) await this.#reopen(this.store);
  }

  #commit(store: StoreAdmin, keys: readonly (readonly [string, boolean])[]): void {
    const writes: StoreWrite[] = keys.map(([each, isDelete]) => {
      this.#stamp += 1;
      const text = 'x'.repeat((this.#stamp * 37) % 600);
      return { key: each, value: isDelete ? undefined : { stamp: this.#stamp, text }, keep: keepOf(each) };
    });
    const life = this.#lines;
    for (const line of life) line.push(after(line.at(-1) as State, writes));
    this.#called += 1;
    const nth = this.#called;
    store.commit(writes).then(
      () => {
        // In the order of the calls, and only while anybody is there to be told.
        expect([life === this.#lines, nth]).toEqual([true, this.#acknowledged + 1]);
        this.#acknowledged = nth;
      },
      () => {
        expect(life === this.#lines).toBe(true);
        this.#refused += 1;
        this.#outage = true;
      },
    );
  }

  async #reopen(store: StoreAdmin): Promise<void> {
    for (let tries = 0; this.#outage && tries < 6; tries++) {
      const outcome = await this.world.outcome(store.reopen());
      if (outcome === 'landed') this.#outage = false;
    }
    expect(this.#outage).toBe(false);
    expect(this.#acknowledged + this.#refused).toBe(this.#called);
    this.look();
  }

  /** What is there is the state after one of the commits, and that is where it goes on from. */
  look(): void {
    const found = read(this.store as StoreAdmin);
    const possible = this.#lines.flatMap((line) => line.slice(this.#acknowledged));
    const bases = possible.filter((each) => isSame(told(each), found));
    if (bases.length === 0) expect(found).toEqual(told(possible[0] as State));
    for (const name of names) {
      const { version = 0, kept = [] } = bases[0]?.get(name) ?? {};
      expect(this.store?.version(name)).toBe(kept.length > 0 ? version : 0);
    }
    this.#lines = [
      ...new Map(bases.map((each) => [JSON.stringify(names.map((name) => each.get(name))), [each]])).values(),
    ];
    this.#called = 0;
    this.#acknowledged = 0;
    this.#refused = 0;
    this.#outage = false;
  }

  /** Everything that was called is answered; then what is there is known. */
  async settle(): Promise<void> {
    await this.world.clock.advance(20_000);
    if (this.#outage) await this.#reopen(this.store as StoreAdmin);
    else expect(this.#acknowledged).toBe(this.#called);
    this.look();
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

test('after every crash and every outage there is the state after some commit, with all that was acknowledged', async () => {
  const injected = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 60, size: 'max' }), fc.nat(), async (acts, seed) => {
      const trial = new Trial({ lost: 3, torn: 2, delayed: 10, full: 12, broken: 12 }, seed);
      for (const step of acts) await trial.act(step);
      await trial.settle();
      trial.world.disk.heal();
      await trial.act({ type: 'commit', keys: [['A', false]] });
      await trial.settle();
      expect((await trial.store?.verify())?.damage).toEqual([]);
      expect(trial.world.damage).toEqual([]);
      for (const [name, count] of trial.world.disk.injected) injected.set(name, (injected.get(name) ?? 0) + count);
    }),
    { numRuns: 60 },
  );
  for (const name of ['lost', 'torn', 'delayed', 'full', 'broken']) expect(injected.get(name)).toBeGreaterThan(5);
}, 20_000);
