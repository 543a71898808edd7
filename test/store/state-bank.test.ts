// P17 in process: ten accounts of 100, ten thousand transfers by eight writers at once. No read ever sees money made
// or lost, and in the end the accounts hold exactly what the acknowledged transfers left them.

import { describe, expect, test } from 'vitest';
import { isTroupeError } from '../../src/base/errors.ts';
import { type Random, seededRandom } from '../../src/base/random.ts';
import type { Transaction } from '../../src/store/state/transaction.ts';
import { kits, pipelinedKit, type StateKit } from './state-kit.ts';

const names = Array.from({ length: 10 }, (_, n) => `account/${n}`);

class Bank {
  readonly #kit: StateKit;
  /** What the acknowledged transfers leave. */
  readonly expected = new Map(names.map((name) => [name, 100]));
  readonly sums: number[] = [];
  transfers = 0;
  refused = 0;

  constructor(kit: StateKit) {
    this.#kit = kit;
  }

  open(): Promise<void> {
    return this.#kit.state.transaction((tx) => names.forEach((name) => tx.set(name, 100)));
  }

  /** Transfers, some in one go and some waiting between read and write, and looks at all accounts now and then. */
  async write(count: number, random: Random): Promise<void> {
    for (let done = 0; done < count; done++) {
      const from = names[Math.floor(random() * 10)] ?? '';
      const to = names[Math.floor(random() * 10)] ?? '';
      const amount = Math.ceil(random() * 60);
      try {
        const moved = await this.#transfer(from, to, amount, random() < 0.3);
        this.transfers += 1;
        if (moved && from !== to) {
          this.expected.set(from, (this.expected.get(from) ?? 0) - amount);
          this.expected.set(to, (this.expected.get(to) ?? 0) + amount);
        }
      } catch (error) {
        if (!isTroupeError(error) || !error.code.startsWith('STORE_')) throw error;
        this.refused += 1;
        await new Promise<void>((resolve) => this.#kit.clock.setTimer(resolve, 3));
      }
      if (random() < 0.1) await this.look(random() < 0.5).catch(() => undefined);
    }
  }

  #transfer(from: string, to: string, amount: number, isSlow: boolean): Promise<boolean> {
    const move = (tx: Transaction, balance: number): boolean => {
      if (balance < amount || from === to) return false;
      tx.set(from, balance - amount);
      tx.set(to, (tx.get<number>(to)?.value ?? 0) + amount);
      return true;
    };
    const read = (tx: Transaction): number => tx.get<number>(from)?.value ?? 0;
    if (!isSlow) return this.#kit.state.transaction((tx) => move(tx, read(tx)));
    return this.#kit.state.transaction(
      async (tx) => {
        const balance = read(tx);
        await this.#pause();
        return move(tx, balance);
      },
      { retries: 100 },
    );
  }

  /** Others come between. */
  #pause(): Promise<void> {
    const { clock, random } = this.#kit;
    return random() < 0.5 ? Promise.resolve() : new Promise((resolve) => clock.setTimer(resolve, random()));
  }

  /** Reads all accounts in a transaction. */
  async look(isSlow: boolean): Promise<void> {
    const note = (balances: readonly number[]): void => {
      this.sums.push(balances.some((balance) => balance < 0) ? Number.NaN : sum(balances));
    };
    const read = (tx: Transaction, name: string): number => tx.get<number>(name)?.value ?? Number.NaN;
    if (!isSlow) {
      note(await this.#kit.state.transaction((tx) => names.map((name) => read(tx, name))));
      return;
    }
    const slowly = async (tx: Transaction): Promise<readonly number[]> => {
      const balances: number[] = [];
      for (const name of names) {
        balances.push(read(tx, name));
        await this.#pause();
      }
      if (sum(balances) !== 1_000) throw new Error('money was made or lost'); // seen by a try that would be repeated
      return balances;
    };
    note(await this.#kit.state.transaction(slowly, { retries: 1_000 }));
  }

  check(): void {
    expect(this.sums.filter((each) => each !== 1_000)).toEqual([]);
    expect(Object.fromEntries(names.map((name) => [name, this.#kit.state.get(name)?.value]))).toEqual(
      Object.fromEntries(this.expected),
    );
    expect(sum([...this.expected.values()])).toBe(1_000);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

describe.each(kits)('P17 a bank on %s', (_name, make) => {
  test('10,000 transfers by 8 writers: every read sums to 1,000, none is negative', { timeout: 120_000 }, async () => {
    const kit = await make({ seed: 17 });
    const bank = new Bank(kit);
    await kit.ends(bank.open());
    await kit.ends(Promise.all(Array.from({ length: 8 }, (_, seed) => bank.write(1_250, seededRandom(seed)))));
    expect(bank.transfers).toBe(10_000);
    expect(bank.sums.length).toBeGreaterThan(500);
    expect(kit.state.conflicts).toBeGreaterThan(100);
    bank.check();
    await kit.end();
  });
});

test(
  'P17 the same while commits fail now and then: no refused transfer has moved anything',
  { timeout: 120_000 },
  async () => {
    let losses = 0;
    const kit = pipelinedKit({
      seed: 18,
      onEvent: ({ type }) => {
        if (type !== 'state.writesLost') return;
        losses += 1;
        kit.clock.setTimer(() => {
          void kit.store.reopen().then(() => {
            kit.store.failAfter = Math.floor(kit.random() * 300);
          });
        }, 2);
      },
    });
    const bank = new Bank(kit);
    await kit.ends(bank.open());
    kit.store.failAfter = 100;
    await kit.ends(Promise.all(Array.from({ length: 8 }, (_, seed) => bank.write(1_250, seededRandom(100 + seed)))));
    expect(losses).toBeGreaterThan(20);
    expect(bank.refused).toBeGreaterThan(losses);
    expect(bank.transfers + bank.refused).toBe(10_000);
    bank.check();
  },
);
