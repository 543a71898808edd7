// Who is told of an end, how often, and of which actor.
import { emit, setup } from 'xstate';
import { describe, expect, it } from 'vitest';
import { effect } from '../../src/kernel/effects.ts';
import {
  boot,
  child,
  crash,
  crashAndMend,
  delay_ms,
  freely,
  never,
  supervisor,
  tell,
  worker,
} from './supervision-kit.ts';

/** An actor that watches on demand and writes down what it is told. */
const watcher = (log: string[]) =>
  setup({
    types: {
      events: {} as
        | { type: 'watch' | 'unwatch'; whom: string }
        | { type: 'actor.terminated'; address: string; reason: string },
    },
    actions: {
      watch: emit(({ event }) => effect.watch(event.type === 'watch' ? event.whom : '')),
      unwatch: emit(({ event }) => effect.unwatch(event.type === 'unwatch' ? event.whom : '')),
      note: ({ event }) => log.push(event.type === 'actor.terminated' ? `${event.address} ${event.reason}` : ''),
    },
  }).createMachine({
    on: { watch: { actions: 'watch' }, unwatch: { actions: 'unwatch' }, 'actor.terminated': { actions: 'note' } },
  });

describe('watch from outside', () => {
  it.each([
    [
      'normal',
      async (kit: Awaited<ReturnType<typeof boot>>) => {
        await tell(kit, 'sup/a', { type: 'finish' });
      },
    ],
    [
      'shutdown',
      async (kit: Awaited<ReturnType<typeof boot>>) => {
        await kit.kernel.lookup('sup/a')?.stop();
      },
    ],
    [
      'error',
      async (kit: Awaited<ReturnType<typeof boot>>) => {
        await crash(kit, 'sup/a');
      },
    ],
  ] as const)('S46 watch: exactly one notice of the end (%s)', async (reason, end) => {
    const told: unknown[] = [];
    const kit = await boot([supervisor('sup', [child('a', { child: 'temporary' })])]);
    const ref = kit.kernel.lookup('sup/a');
    ref?.watch((each) => told.push(each));
    await end(kit);
    await ref?.stop();
    await kit.kernel.stop();
    await kit.advance(60_000);
    expect(told).toEqual([{ address: 'sup/a', reason }]);
  });

  it('S46 a kill is one notice, too', async () => {
    const told: unknown[] = [];
    const kit = await boot([supervisor('sup', [child('a', { hooks: { stop: () => never }, shutdown: 10 })])]);
    kit.kernel.lookup('sup/a')?.watch((each) => told.push(each));
    void kit.kernel.lookup('sup')?.stop();
    await kit.advance(60_000);
    expect(told).toEqual([{ address: 'sup/a', reason: 'killed' }]);
  });

  it('S46 already dead: one notice, unless it is no longer wanted', async () => {
    const told: unknown[] = [];
    const kit = await boot([child('a')]);
    const ref = kit.kernel.lookup('a');
    await ref?.stop();
    ref?.watch((each) => told.push(each));
    ref?.watch(() => told.push('unwanted'))();
    expect(told).toEqual([]);
    await kit.settle();
    expect(told).toEqual([{ address: 'a', reason: 'shutdown' }]);
  });

  it('S46 after a restart: none', async () => {
    const told: unknown[] = [];
    const kit = await boot([supervisor('sup', ['a', 'b'], { restart: { ...freely, strategy: 'one-for-all' } })]);
    for (const id of ['a', 'b']) kit.kernel.lookup(`sup/${id}`)?.watch((each) => told.push(each));
    await crashAndMend(kit, 'sup/a');
    expect(told).toEqual([]);
    await kit.kernel.lookup('sup/b')?.stop();
    expect(told).toEqual([{ address: 'sup/b', reason: 'shutdown' }]);
  });

  it('S46 same name reused: the old watch stays silent', async () => {
    const told: string[] = [];
    const kit = await boot([]);
    const first = kit.kernel.spawn(worker, { id: 'a' });
    first.watch(() => told.push('first'));
    await first.stop();
    const second = kit.kernel.spawn(worker, { id: 'a' });
    await second.stop();
    expect(told).toEqual(['first']);
    expect(second.address).toBe('a');
  });

  it('a watcher that throws keeps nobody else from being told', async () => {
    const told: string[] = [];
    const kit = await boot([child('a')]);
    kit.kernel.lookup('a')?.watch(() => {
      throw new Error('not my problem');
    });
    kit.kernel.lookup('a')?.watch(() => told.push('second'));
    await kit.kernel.lookup('a')?.stop();
    expect(told).toEqual(['second']);
    expect(kit.seen('effect.refused')).toEqual(['a']);
  });
});

describe('watch between actors', () => {
  const setUp = async () => {
    const log: string[] = [];
    const kit = await boot([child('w', { logic: watcher(log) }), child('a', { child: 'transient' })]);
    const say = (type: 'watch' | 'unwatch', whom: string) => tell(kit, 'w', { type, whom } as { type: string });
    return { kit, log, say };
  };

  it('S46 exactly one actor.terminated, however often it asked', async () => {
    const { kit, log, say } = await setUp();
    await say('watch', 'a');
    await say('watch', 'a');
    await kit.kernel.lookup('a')?.stop();
    await kit.settle();
    expect(log).toEqual(['a shutdown']);
  });

  it('S46 already dead, or never there: one', async () => {
    const { kit, log, say } = await setUp();
    await kit.kernel.lookup('a')?.stop();
    await say('watch', 'a');
    expect(log).toEqual(['a normal']);
  });

  it('S46 after a restart of the watched: none; after unwatch: none', async () => {
    const { kit, log, say } = await setUp();
    await say('watch', 'a');
    await crashAndMend(kit, 'a');
    await say('unwatch', 'a');
    await tell(kit, 'a', { type: 'finish' });
    expect(log).toEqual([]);
  });

  it('S46 a watcher that was restarted has to watch again', async () => {
    const log: string[] = [];
    const restart = { ...freely, strategy: 'one-for-all' } as const;
    const kit = await boot([supervisor('sup', [child('w', { logic: watcher(log) }), 'x'], { restart }), child('a')]);
    await tell(kit, 'sup/w', { type: 'watch', whom: 'a' } as { type: string });
    await crash(kit, 'sup/x');
    await kit.advance(delay_ms);
    await kit.kernel.lookup('a')?.stop();
    await kit.settle();
    expect(log).toEqual([]);
  });
});
