// P28: what five clients see of one key is what one register would have shown them, one operation at a time. The
// judge is tried on registers with planted mistakes first.

import { describe, expect, test } from 'vitest';
import { VersionConflictError } from '../../src/base/errors.ts';
import { type Random, seededRandom } from '../../src/base/random.ts';
import type { VirtualClock } from '../../src/base/virtual-clock.ts';
import { ends, kits, pipelinedKit, type StateKit } from './state-kit.ts';
import { isLinearizable, type Operation } from './state-linearizable.ts';

/** What clients do with a register. */
interface Register {
  read(): Promise<{ readonly value: number; readonly version: number } | undefined>;
  write(value: number): Promise<number>;
  add(value: number): Promise<{ readonly value: number; readonly version: number }>;
  compareAndSet(expected: number, value: number): Promise<number>;
}

function registerOf({ state, random }: Pick<StateKit, 'state' | 'random'>, clock: VirtualClock): Register {
  return {
    read: async () => {
      if (random() < 0.5) return state.get<number>('r');
      return state.transaction((tx) => tx.get<number>('r'));
    },
    write: (value) => state.set('r', value),
    add: (value) =>
      random() < 0.5
        ? state.update<number>('r', (old = 0) => old + value)
        : state.update<number>(
            'r',
            async (old = 0) => {
              await pause(clock, random() * 4);
              return old + value;
            },
            { retries: 1_000 },
          ),
    compareAndSet: (expected, value) => state.set('r', value, { expectedVersion: expected }),
  };
}

function pause(clock: VirtualClock, delay_ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(resolve, delay_ms);
  });
}

/** What five clients did, each one operation after the other; what the store has lost has not happened. */
async function historyOf(register: Register, clock: VirtualClock, random: Random, each = 8): Promise<Operation[]> {
  const history: Operation[] = [];
  let instant = 0;
  let values = 0;
  const once = async (seen: number): Promise<number> => {
    const draw = random();
    const input = ++values;
    const call = ++instant;
    const note = (operation: Omit<Operation, 'call' | 'ret' | 'input'>): number => {
      history.push({ call, ret: ++instant, input, ...operation });
      return operation.version;
    };
    if (draw < 0.35) {
      const found = await register.read();
      return note({ kind: 'read', value: found?.value, version: found?.version ?? 0 });
    }
    if (draw < 0.55) return note({ kind: 'write', version: await register.write(input) });
    if (draw < 0.8) return note({ kind: 'add', ...(await register.add(input)) });
    try {
      return note({ kind: 'compare and set', expected: seen, version: await register.compareAndSet(seen, input) });
    } catch (error) {
      if (!(error instanceof VersionConflictError)) throw error;
      return note({ kind: 'compare and set', expected: seen, version: error.details.actual, isConflict: true });
    }
  };
  const client = async (): Promise<void> => {
    let seen = 0;
    for (let count = 0; count < each; count++) {
      await pause(clock, random() * 6);
      seen = await once(seen).catch(() => seen);
    }
  };
  await ends(clock, Promise.all(Array.from({ length: 5 }, client)));
  return history;
}

const seeds = Array.from({ length: 60 }, (_, seed) => seed);

describe('the judge', () => {
  const at = (call: number, ret: number, rest: Partial<Operation>): Operation => ({
    call,
    ret,
    kind: 'write',
    input: 1,
    version: 1,
    ...rest,
  });

  test('knows a history that could be from one that could not', () => {
    const write = at(1, 4, {});
    const early = at(2, 3, { kind: 'read', version: 0 });
    const late = at(5, 6, { kind: 'read', value: 1, version: 1 });
    expect(isLinearizable([write, early, late])).toBe(true);
    expect(isLinearizable([write, late, at(7, 8, { kind: 'read', version: 0 })])).toBe(false);
    expect(isLinearizable([write, at(5, 6, { kind: 'read', value: 2, version: 1 })])).toBe(false);
    expect(isLinearizable([write, at(2, 5, { input: 2, version: 1 })])).toBe(false);
  });

  test('finds an update that reads and writes in two steps', async () => {
    const found = [];
    for (const seed of seeds) {
      const kit = pipelinedKit({ seed });
      const sound = registerOf(kit, kit.clock);
      const broken: Register = {
        ...sound,
        add: async (value) => {
          const sum = (kit.state.get<number>('r')?.value ?? 0) + value;
          return { value: sum, version: await kit.state.set('r', sum) };
        },
      };
      found.push(isLinearizable(await historyOf(broken, kit.clock, kit.random)));
    }
    expect(found.filter((isSound) => !isSound).length).toBeGreaterThan(seeds.length / 2);
  });

  test('finds a write that is acknowledged before it has landed', async () => {
    const found = [];
    for (const seed of seeds) {
      const kit = pipelinedKit({ seed, latency_ms: 5 });
      const sound = registerOf(kit, kit.clock);
      const broken: Register = {
        ...sound,
        write: async (value) => {
          const version = kit.store.version('state/r') + 1;
          void kit.state.set('r', value);
          return version;
        },
      };
      found.push(isLinearizable(await historyOf(broken, kit.clock, kit.random)));
    }
    expect(found.filter((isSound) => !isSound).length).toBeGreaterThan(10);
  });
});

describe.each(kits)('P28 five clients of one key on %s', (_name, make, share) => {
  test('see one register', { timeout: 60_000 }, async () => {
    for (const seed of seeds.slice(0, seeds.length * share)) {
      const kit = await make({ seed });
      const history = await historyOf(registerOf(kit, kit.clock), kit.clock, kit.random);
      expect(history).toHaveLength(40);
      expect(isLinearizable(history), `seed ${seed}`).toBe(true);
      await kit.end();
    }
  });
});

test('P28 five clients see one register also when commits fail now and then', { timeout: 60_000 }, async () => {
  let lost = 0;
  for (const seed of seeds) {
    const kit = pipelinedKit({
      seed,
      onEvent: ({ type }) => {
        if (type !== 'state.writesLost') return;
        lost += 1;
        kit.clock.setTimer(() => {
          void kit.store.reopen().then(() => {
            kit.store.failAfter = Math.floor(kit.random() * 8);
          });
        }, 2);
      },
    });
    kit.store.failAfter = 3;
    const history = await historyOf(registerOf(kit, kit.clock), kit.clock, seededRandom(seed), 10);
    expect(isLinearizable(history), `seed ${seed}`).toBe(true);
  }
  expect(lost).toBeGreaterThan(seeds.length);
});
