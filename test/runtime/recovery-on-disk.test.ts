// Recovery from a store on a real disk: an actor that is at rest is not read, one that waits for something is. Nobody
// sends these anything after the restart; what they wait for has to wake them.

import { afterAll, expect, test } from 'vitest';
import { createMachine, type AnyActorLogic } from 'xstate';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { agent, createRuntime, type Runtime, subscribe } from '../../src/index.ts';
import { openLmdb } from '../../src/store/lmdb/lmdb.ts';
import { temporaryFolder } from '../crash/kill-kit.ts';
import { solo } from './runtime-kit.ts';

const folder = temporaryFolder();
afterAll(() => {
  folder.remove();
});

const logics: Readonly<Record<string, AnyActorLogic>> = {
  timed: createMachine({
    initial: 'idle',
    states: { idle: { on: { go: 'waiting' } }, waiting: { after: { 500: 'fired' } }, fired: {} },
  }),
  listening: createMachine({
    initial: 'idle',
    states: {
      idle: { on: { go: { target: 'waiting', actions: subscribe('news') } } },
      waiting: { on: { told: 'heard' } },
      heard: {},
    },
  }),
};

/** A process on the folder, on virtual time over a real disk. */
async function boot(wallMs: number) {
  const clock = new VirtualClock({ wallMs });
  const store = await openLmdb(folder.path, {
    clock: {
      wall: () => clock.wall(),
      now: () => clock.now(),
      yieldThen: (fn) => {
        setImmediate(fn);
      },
    },
  });
  /** Lets virtual time and the disk go on until something is there. */
  const until = async <Result>(doing: Promise<Result>): Promise<Result> => {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    doing.then(over, over);
    while (!isOver) await clock.settle();
    return doing;
  };
  const runtime: Runtime = await createRuntime(solo(agent({ run: () => 0 })), { clock, store, logics });
  await until(runtime.start());
  return { clock, store, runtime, until };
}

test('P22 S36 a timer and a subscription of actors that are not in memory work after a restart from disk', async () => {
  const first = await boot(1_000_000);
  for (const id of ['timed', 'listening', 'resting']) {
    const logic = logics[id === 'resting' ? 'timed' : id] as AnyActorLogic;
    const ref = first.runtime.spawn(logic, { id, durable: true });
    if (id !== 'resting') ref.tell({ type: 'go' });
  }
  await first.until(first.runtime.committed());
  await first.store.close(); // the process is gone

  const second = await boot(1_000_200);
  const valueOf = (id: string): unknown =>
    (second.runtime.snapshots.get(id)?.snapshot as { readonly value?: unknown } | undefined)?.value;
  expect(['timed', 'listening', 'resting'].map(valueOf)).toEqual(['waiting', 'waiting', 'idle']);
  second.runtime.publish('news', { type: 'told' });
  await second.clock.advance(299);
  await second.until(second.runtime.committed());
  expect(['timed', 'listening', 'resting'].map(valueOf)).toEqual(['waiting', 'heard', 'idle']);
  await second.clock.advance(2);
  await second.until(second.runtime.committed());
  expect(valueOf('timed')).toBe('fired');
  await second.until(second.runtime.stop());
  await second.store.close();
});
