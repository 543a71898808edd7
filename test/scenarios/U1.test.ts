// U1: the database fails while the runtime works. It is noticed at the first commit, said once, retried with backoff
// until it is back; what was acknowledged is there, what was not is refused or done again, and work resumes by itself.

import { expect, test } from 'vitest';
import { fromTransition } from 'xstate';
import { faultyStore } from '../../src/store/faulty.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { agent } from '../../src/index.ts';
import { createRuntime } from '../../src/runtime.ts';
import type { RuntimeEvent } from '../../src/observe/events.ts';
import { solo } from '../runtime/runtime-kit.ts';

const adding = fromTransition((sum: number, event: { readonly type: 'add'; readonly n: number }) => sum + event.n, 0);

test('U1 a database that fails and comes back loses nothing acknowledged, and work goes on by itself', async () => {
  const clock = new VirtualClock();
  const error = { type: 'error', code: 'EIO' } as const;
  const commits = new Map(Array.from({ length: 3 }, (_, index) => [index + 6, error] as const));
  const store = faultyStore(memoryStore(clock), { commits, reopens: new Set([1, 2]) }, clock);
  const runtime = await createRuntime(solo(agent({ run: ({ input }) => `did ${String(input)}` })), { store, clock });
  const events: RuntimeEvent[] = [];
  runtime.events.on((event) => {
    if (event.type.startsWith('store.') || event.type === 'state.writesLost') events.push(event);
  });
  /** Waits for something, with a millisecond of time for it. */
  const within = async <Result>(doing: Promise<Result>, ms = 1): Promise<Result> => {
    doing.catch(() => {}); // it is looked at below
    await clock.advance(ms);
    return doing;
  };
  await within(runtime.start());
  const counter = runtime.spawn(adding, { id: 'counter', durable: true });
  await within(runtime.committed());
  let acknowledged = 0;
  const refused: string[] = [];
  for (let n = 1; n <= 12; n += 1) {
    counter.tell({ type: 'add', n: 1 });
    await within(runtime.state.set('n', n)).then(
      () => (acknowledged = n),
      (failure: { readonly code: string }) => refused.push(failure.code),
    );
  }
  expect(refused.length).toBeGreaterThan(0);
  expect(new Set(refused)).toEqual(new Set(['STORE_UNAVAILABLE']));
  expect(runtime.state.get('n')?.value).toBe(acknowledged);
  await clock.advance(5_000);
  await within(runtime.committed());
  expect(counter.snapshot()).toMatchObject({ context: 12 });
  const said = (type: string): number => events.filter((event) => event.type === type).length;
  expect([said('store.failed') > 0, said('store.failed')]).toEqual([true, said('store.recovered')]);
  expect(await within(runtime.state.set('n', 99))).toBeGreaterThan(acknowledged);
  const run = await within(runtime.submit({ type: 'work', input: 'it' }));
  expect(await within(run.result(), 100)).toBe('did it');
  await within(runtime.stop(), 1_000);
});
