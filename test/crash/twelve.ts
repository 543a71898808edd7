// What must be in a store after the twelve operations of `programs/twelve.js` were cut off: as many as had been
// acknowledged, or one more, and nothing of an operation without the rest of it.

import { expect } from 'vitest';
import { createRuntime } from '../../src/index.ts';
import { adder, topology } from './programs/world.js';

interface Sum {
  readonly context: { readonly sum: number; readonly seen: readonly number[] };
}

/** The highest operation of a kind (1: register, 2: counter, 0: pair) among the first `count`. */
function lastOf(kind: number, count: number): number {
  for (let n = count; n > 0; n -= 1) if (n % 3 === kind) return n;
  return 0;
}

/** Opens the store again and looks at everything in it. */
export async function expectTwelve(path: string, acknowledged: number, why: string): Promise<void> {
  const runtime = await createRuntime(topology, { store: path });
  try {
    await runtime.start();
    const register = runtime.state.get<{ readonly n: number; readonly fill: string }>('register')?.value;
    const left = runtime.state.get<number>('left')?.value ?? 0;
    const right = runtime.state.get<number>('right')?.value ?? 0;
    const counter = runtime.spawn(adder, { id: 'counter', durable: true });
    await runtime.committed();
    const { seen, sum } = (counter.snapshot() as unknown as Sum).context;
    const found = [register?.n ?? 0, seen.at(-1) ?? 0, left];
    const expected = (count: number): number[] => [lastOf(1, count), lastOf(2, count), lastOf(0, count)];
    expect([expected(acknowledged), expected(Math.min(12, acknowledged + 1))], why).toContainEqual(found);
    expect(left + right, why).toBe(0);
    if (register !== undefined) expect(register.fill, why).toBe(String(register.n).repeat(50));
    expect(seen, why).toEqual([2, 5, 8, 11].filter((n) => n <= (seen.at(-1) ?? 0)));
    expect(sum, why).toBe(seen.reduce((total, n) => total + n, 0));
  } finally {
    await runtime.stop();
  }
}
