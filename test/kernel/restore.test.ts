// A durable actor in the next process: it goes on where it was, with what it heard, watched and had put aside; what
// it had begun elsewhere is told to have been broken off; a record it can't go on from is left for an older one.

import { type AnyActorLogic, createMachine, fromPromise, fromTransition, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { effect } from '../../src/kernel/effects.ts';
import { delegate, tell } from '../../src/kernel/actions.ts';
import { summing } from './gated-store.ts';
import { listener, type Message, player } from './players.ts';
import { begin, machine, type Process } from './restart-kit.ts';

const durable = { id: 'a', durable: true } as const;
const contextOf = (snapshot: unknown): unknown => (snapshot as { readonly context?: unknown } | undefined)?.context;

describe('state', () => {
  test('S36 it goes on with its last committed state; an idle record is its state and nothing else', async () => {
    const { boot, store } = machine();
    const first = boot();
    const ref = first.kernel.spawn(summing(), durable);
    for (let n = 1; n <= 10; n++) ref.tell({ type: 'add', n });
    await first.settle();
    expect(Object.keys(store.get('actor/a')?.value as object)).toEqual(['format', 'snapshot']);
    const second = boot();
    expect(contextOf(second.kernel.spawn(summing(), durable).snapshot())).toBe(55);
  });

  test('S36 recover: initial begins afresh and goes on counting versions', async () => {
    const { boot, store } = machine();
    const first = boot();
    first.kernel.spawn(summing(), durable).tell({ type: 'add', n: 5 });
    await first.settle();
    const before = store.version('actor/a');
    const second = boot();
    const ref = second.kernel.spawn(summing(), { ...durable, recover: 'initial' });
    await second.settle();
    expect(contextOf(ref.snapshot())).toBe(0);
    expect(store.version('actor/a')).toBe(before + 1);
  });

  test('S36 an actor that ended for good begins afresh, in this process and in the next', async () => {
    const { boot } = machine();
    const first = boot();
    const ref = first.kernel.spawn(summing(), durable);
    ref.tell({ type: 'add', n: 5 });
    await first.settle();
    void ref.stop();
    expect(contextOf(first.kernel.spawn(summing(), durable).snapshot())).toBe(0);
    await first.settle();
    expect(contextOf(boot().kernel.spawn(summing(), durable).snapshot())).toBe(0);
  });

  test('an initial state is kept before anything has happened', async () => {
    const { boot, store } = machine();
    const first = boot();
    first.kernel.spawn(
      fromTransition((state) => state, { made: first.clock.now() }),
      durable,
    );
    await first.settle();
    expect(store.get('actor/a')?.value).toMatchObject({ snapshot: { context: { made: 1_000_000 } } });
  });
});

describe('what goes with it', () => {
  test('topics, messages put aside and their order', async () => {
    const logic = fromTransition((seen: readonly string[], message: Message, { emit }) => {
      if (message.type === 'hear') emit(effect.subscribe('news'));
      else if (message.type === 'open') emit(effect.unstash());
      else if (message.type === 'later' && !seen.includes('open')) emit(effect.stash());
      return [...seen, message.type === 'later' ? `later ${String(message.n)}` : message.type];
    }, []);
    const { boot } = machine();
    const first = boot();
    const ref = first.kernel.spawn(logic, durable);
    for (const message of [{ type: 'hear' }, { type: 'later', n: 1 }, { type: 'later', n: 2 }]) ref.tell(message);
    await first.settle();
    const second = boot();
    const again = second.kernel.spawn(logic, durable);
    second.kernel.publish('news', { type: 'extra' });
    again.tell({ type: 'open' });
    await second.settle();
    const seen = ['hear', 'later 1', 'later 2', 'extra', 'open', 'later 1', 'later 2'];
    expect(contextOf(again.snapshot())).toEqual(seen);
    await boot().settle();
  });

  test('S43 messages put aside survive a crash of the actor, once each', async () => {
    const logic = fromTransition((seen: readonly string[], message: Message, { emit }) => {
      if (message.type === 'crash') throw new Error('boom');
      if (message.type === 'open') emit(effect.unstash());
      else if (!seen.includes('open')) emit(effect.stash());
      return [...seen, message.type];
    }, []);
    const process = machine().boot();
    const ref = process.kernel.spawn(logic, durable);
    for (const type of ['x', 'y']) ref.tell({ type });
    await process.settle();
    void ref.ask({ type: 'crash' }).catch(() => {});
    await process.advance(5_000);
    ref.tell({ type: 'open' });
    await process.settle();
    expect(contextOf(ref.snapshot())).toEqual(['x', 'y', 'open', 'x', 'y']);
  });

  test('S46 watches: whoever comes back is watched on, who does not has ended, each told once', async () => {
    const watcher = fromTransition((told: readonly string[], message: Message, { emit }) => {
      if (message.type !== 'actor.terminated') for (const each of message.whom as string[]) emit(effect.watch(each));
      return message.type === 'actor.terminated' ? [...told, message.address as string] : told;
    }, []);
    const others = (kernel: Process['kernel']): void => {
      kernel.spawn(player(), { id: 'stays', durable: true });
    };
    const { boot } = machine();
    const first = boot();
    others(first.kernel);
    first.kernel.spawn(player(), { id: 'goes' });
    first.kernel.spawn(watcher, durable).tell({ type: 'watch', whom: ['stays', 'goes'] });
    await first.settle();
    const second = boot();
    const ref = second.kernel.spawn(watcher, durable);
    await begin(second);
    expect(contextOf(ref.snapshot())).toEqual(['goes']);
    others(second.kernel);
    await second.settle();
    expect(contextOf(ref.snapshot())).toEqual(['goes']);
    await second.kernel.lookup('stays')?.stop();
    await second.settle();
    expect(contextOf(ref.snapshot())).toEqual(['goes', 'stays']);
  });

  test.each([false, true])(
    'D16 a task it had delegated fails with a clear error, never waiting for ever (touched after: %s)',
    async (touched) => {
      const delegating = setup({}).createMachine({
        initial: 'idle',
        states: {
          idle: { on: { go: { target: 'waiting', actions: delegate('worker', { type: 'work', id: 't1' }) } } },
          waiting: {
            on: {
              'delegation.failed': {
                target: 'idle',
                actions: tell('ear', ({ event }) => ({ ...event, type: 'failed', was: event.type })),
              },
            },
          },
        },
      });
      const { boot } = machine();
      const first = boot();
      first.kernel.spawn(player(), { id: 'worker' });
      const ref = first.kernel.spawn(delegating, durable);
      ref.tell({ type: 'go' });
      await first.settle();
      if (touched) ref.tell({ type: 'note' });
      await first.settle();
      expect(first.kernel.delegations.pending).toBe(1);
      const second = boot();
      const ear = listener();
      second.kernel.spawn(ear.logic, { id: 'ear' });
      second.kernel.spawn(delegating, durable);
      await second.settle();
      expect(ear.heard).toMatchObject([{ was: 'delegation.failed', id: 't1', error: { code: 'INTERRUPTED' } }]);
      boot().kernel.spawn(delegating, durable);
      expect(ear.heard).toHaveLength(1);
    },
  );
});

describe('what was under way', () => {
  const work = (run: () => Promise<string>): AnyActorLogic =>
    setup({ actors: { work: fromPromise(run) } }).createMachine({
      initial: 'working',
      states: {
        working: {
          invoke: {
            src: 'work',
            onDone: { target: 'done', actions: tell('ear', ({ event }) => ({ type: 'done', output: event.output })) },
            onError: {
              target: 'failed',
              actions: tell('ear', ({ event }) => ({ type: 'failed', error: event.error })),
            },
          },
        },
        done: {},
        failed: {},
      },
    });
  const never = (): Promise<string> => new Promise(() => {});

  test.each(['retry', 'fail'] as const)('P23 a promise of a machine, interrupted: %s', async (interrupted) => {
    const { boot } = machine();
    const first = boot();
    first.kernel.spawn(work(never), { ...durable, interrupted });
    await first.settle();
    const second = boot();
    const ear = listener();
    second.kernel.spawn(ear.logic, { id: 'ear' });
    let runs = 0;
    const again = work(async () => {
      runs += 1;
      return 'the output';
    });
    const ref = second.kernel.spawn(again, { ...durable, interrupted });
    await second.settle();
    const heard =
      interrupted === 'retry'
        ? { type: 'done', output: 'the output' }
        : { type: 'failed', error: { code: 'INTERRUPTED' } };
    expect(ear.heard).toMatchObject([heard]);
    expect(runs).toBe(interrupted === 'retry' ? 1 : 0);
    expect(ref.snapshot()).toMatchObject({ value: interrupted === 'retry' ? 'done' : 'failed' });
  });

  test('a child spawned from a logic without a name is refused when it happens, with the machine and what to do', async () => {
    const { boot } = machine();
    const process = boot();
    const spawning = createMachine({
      id: 'shop',
      context: ({ spawn }) => ({ ref: spawn(fromPromise(never), { id: 'kid' }) }),
    });
    process.kernel.spawn(spawning, { ...durable, child: 'temporary' });
    await process.settle();
    await process.advance(1);
    const [crash] = process.all('actor.crashed');
    expect(crash).toMatchObject({ address: 'a', error: { code: 'UNSERIALIZABLE' } });
    expect(String(crash?.error)).toMatch(/kid.*'shop'.*setup\(\{ actors \}\)/u);
  });
});
