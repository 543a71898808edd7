// Starts that throw, hang, come second, or are overtaken by something else.
import { createMachine, fromPromise } from 'xstate';
import { describe, expect, it } from 'vitest';
import type { ChildOptions, LifeHooks } from '../../src/kernel/spec.ts';
import { kernelKit } from './kernel-kit.ts';
import {
  Boom,
  boot,
  child,
  countOf,
  crash,
  crashAndMend,
  delay_ms,
  freely,
  gate,
  Living,
  never,
  recording,
  states,
  supervisor,
  tell,
} from './supervision-kit.ts';

const failing = createMachine({
  entry: () => {
    throw new Boom('no entry');
  },
});

const waysToFail: [string, Partial<ChildOptions>][] = [
  [
    'its start hook throws',
    {
      hooks: {
        start: () => {
          throw new Boom('no entry');
        },
      },
    },
  ],
  ['its start hook rejects', { hooks: { start: () => Promise.reject(new Boom('no entry')) } }],
  ['its logic throws', { logic: failing }],
];

/** A start hook that fails at these starts, counted from 1. */
function failsAt(...numbers: number[]): LifeHooks & { starts: number } {
  const hooks = {
    starts: 0,
    start: () => {
      hooks.starts += 1;
      if (numbers.includes(hooks.starts)) throw new Boom(`start ${hooks.starts}`);
    },
  };
  return hooks;
}

describe('boot', () => {
  it.each(waysToFail)(
    'S15 at the root, %s: later children never start, earlier ones stop in reverse, the error names child and cause',
    async (_way, bad) => {
      const log: string[] = [];
      const { kernel, settle, seen } = kernelKit();
      const recorded = (id: string) => child(id, { hooks: recording(log, id) });
      const started = kernel.start([recorded('a'), recorded('b'), child('c', bad), recorded('d')], () => {});
      const failed = expect(started).rejects.toMatchObject({
        code: 'START_FAILED',
        details: { address: 'c' },
        cause: { message: 'no entry' },
      });
      await settle();
      await failed;
      await expect(started).rejects.toThrow(/'c' did not start: .*no entry/);
      expect(log).toEqual(['+a', '+b', '-b', '-a']);
      expect(seen('actor.started')).toEqual(['a', 'b']);
      expect(kernel.size).toBe(0);
      expect(kernel.timers.pending).toBe(0);
    },
  );

  it.each(waysToFail)(
    'S15 deeper in the tree, %s: the whole branch stops in reverse and the error names the child',
    async (_way, bad) => {
      const log: string[] = [];
      const { kernel, settle } = kernelKit();
      const recorded = (id: string) => child(id, { hooks: recording(log, id) });
      const sup = supervisor('sup', [recorded('b1'), child('b2', bad), recorded('b3')], {
        hooks: recording(log, 'sup'),
      });
      const started = kernel.start([recorded('a'), sup, recorded('c')], () => {});
      const failed = expect(started).rejects.toMatchObject({
        code: 'START_FAILED',
        details: { address: 'sup/b2' },
        cause: { message: 'no entry' },
      });
      await settle();
      await failed;
      expect(log).toEqual(['+a', '+sup', '+b1', '-b1', '-sup', '-a']);
      expect(kernel.size).toBe(0);
    },
  );

  it('S15 a child whose options are refused fails the boot in the same way', async () => {
    const { kernel, settle } = kernelKit();
    const started = kernel.start([supervisor('sup', ['a', child('b', { shutdown: -1 })])], () => {});
    const failed = expect(started).rejects.toMatchObject({
      details: { address: 'sup/b' },
      cause: { code: 'INVALID_OPTION', details: { field: 'shutdown' } },
    });
    await settle();
    await failed;
    expect(kernel.size).toBe(0);
  });

  it('S15 two root children with one id: the boot fails and the first is stopped', async () => {
    const { kernel, settle } = kernelKit();
    const started = kernel.start([child('a'), child('a')], () => {});
    const failed = expect(started).rejects.toMatchObject({
      details: { address: 'a' },
      cause: { code: 'ACTOR_EXISTS' },
    });
    await settle();
    await failed;
    expect(kernel.size).toBe(0);
  });

  it('S16 a start that never settles fails the boot at its start time-out', async () => {
    const { kernel, settle, advance, clock } = kernelKit();
    const started = kernel.start(
      [child('a'), child('b', { hooks: { start: () => never }, startTimeout: '3s' })],
      () => {},
    );
    const failed = expect(started).rejects.toMatchObject({
      code: 'START_TIMEOUT',
      details: { address: 'b', timeoutMs: 3_000 },
    });
    await settle();
    await advance(2_999);
    expect(kernel.size).toBe(2);
    await advance(1);
    await failed;
    expect(kernel.size).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('a stop during the boot ends the boot with SHUTTING_DOWN and leaves nothing', async () => {
    const log: string[] = [];
    const { kernel, settle, clock } = kernelKit();
    const started = kernel.start(
      [child('a', { hooks: recording(log, 'a') }), child('b', { hooks: { start: () => never } })],
      () => {},
    );
    const failed = expect(started).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await settle();
    const stopped = kernel.stop();
    await settle();
    await stopped;
    await failed;
    expect(log).toEqual(['+a', '-a']);
    expect([kernel.size, kernel.timers.pending, clock.pendingTimers]).toEqual([0, 0, 0]);
  });

  it('ten thousand declared children start and stop without growing the stack', async () => {
    const ids = Array.from({ length: 10_000 }, (_, index) => `c${index}`);
    const kit = await boot([supervisor('sup', ids)]);
    expect(kit.kernel.supervision('sup').countChildren()).toEqual({ specs: 10_000, active: 10_000 });
    await kit.kernel.stop();
    expect(kit.kernel.size).toBe(0);
  });
});

describe('starts in a running tree', () => {
  it('S16 a restart that never settles: start time-out, siblings keep serving', async () => {
    let starts = 0;
    const start = () => ((starts += 1) === 2 ? never : undefined);
    const kit = await boot([supervisor('sup', [child('a', { hooks: { start }, startTimeout: '2s' }), 'b'])]);
    await crashAndMend(kit, 'sup/a');
    expect(states(kit)['sup/a']).toBe('starting 2');
    for (let served = 1; served <= 3; served++) {
      await tell(kit, 'sup/b', { type: 'add' });
      expect(await countOf(kit, 'sup/b')).toBe(served);
    }
    await kit.advance(1_999);
    expect(states(kit)['sup/a']).toBe('starting 2');
    await kit.advance(1);
    expect(kit.events.at(-1)).toMatchObject({ type: 'actor.restarting', address: 'sup/a' });
    await kit.advance(delay_ms);
    expect(states(kit)).toEqual({ sup: 'running 1', 'sup/a': 'running 3', 'sup/b': 'running 1' });
    expect(kit.kernel.timers.pending).toBe(0);
  });

  it('S17 a restart fails once, then works: counted, child up', async () => {
    const kit = await boot([
      supervisor('sup', [child('a', { hooks: failsAt(2) })], { restart: { ...freely, maxRestarts: 2 } }),
    ]);
    await crashAndMend(kit, 'sup/a');
    await kit.advance(delay_ms);
    expect(states(kit)).toEqual({ sup: 'running 1', 'sup/a': 'running 3' });
    expect(kit.seen('actor.restarting')).toEqual(['sup/a', 'sup/a']);
    await crash(kit, 'sup/a');
    expect(kit.seen('supervisor.gaveUp')).toEqual(['sup']);
  });

  it('a child that crashes while a later sibling still starts is judged when the parent is up', async () => {
    const hold = gate();
    const { kernel, settle, advance, events, ...rest } = kernelKit();
    const kit = { kernel, settle, advance, events, ...rest };
    const slow = child('b', { hooks: { start: () => hold.opened } });
    const started = kernel.start(
      [supervisor('sup', ['a', slow], { restart: { ...freely, strategy: 'one-for-all' } })],
      () => {},
    );
    await settle();
    await crash(kit, 'sup/a');
    await advance(100);
    expect(states(kit)).toEqual({ sup: 'starting 1', 'sup/a': 'suspended 1', 'sup/b': 'starting 1' });
    hold.open();
    await settle();
    await started;
    await advance(delay_ms);
    expect(states(kit)).toEqual({ sup: 'running 1', 'sup/a': 'running 2', 'sup/b': 'running 2' });
  });

  it('a child that is stopped while it starts does not keep its parent from starting', async () => {
    const { kernel, settle, ...rest } = kernelKit();
    const kit = { kernel, settle, ...rest };
    const started = kernel.start([supervisor('sup', [child('a', { hooks: { start: () => never } }), 'b'])], () => {});
    await settle();
    const stopped = kernel.lookup('sup/a')?.stop();
    await settle();
    await stopped;
    await started;
    expect(states(kit)).toEqual({ sup: 'running 1', 'sup/b': 'running 1' });
    expect(kernel.timers.pending).toBe(0);
  });

  it("crash while a parent's own start hook runs again: its children wait for it, none lives twice", async () => {
    const living = new Living();
    const hold = gate();
    let starts = 0;
    const start = () => ((starts += 1) === 2 ? hold.opened : undefined);
    const kids = ['a', 'b'].map((id) => child(id, { logic: living.logic(id) }));
    const kit = await boot([supervisor('top', [supervisor('sup', kids, { hooks: { start } })])]);
    await crashAndMend(kit, 'top/sup');
    expect(states(kit)).toMatchObject({
      'top/sup': 'starting 2',
      'top/sup/a': 'suspended 1',
      'top/sup/b': 'suspended 1',
    });
    hold.fail(new Boom());
    await kit.settle();
    await kit.advance(delay_ms);
    expect(states(kit)).toMatchObject({ 'top/sup': 'running 3', 'top/sup/a': 'running 2', 'top/sup/b': 'running 2' });
    expect([...living.most.values(), ...living.now.values()]).toEqual([1, 1, 1, 1]);
  });

  it('a restart whose child fails to start takes the others of the branch down first and tries again', async () => {
    const log: string[] = [];
    const bad = failsAt(2);
    const kids = [
      child('a', { hooks: recording(log, 'a') }),
      child('b', { hooks: bad }),
      child('c', { hooks: recording(log, 'c') }),
    ];
    const kit = await boot([supervisor('top', [supervisor('sup', kids)])]);
    log.length = 0;
    await crashAndMend(kit, 'top/sup');
    expect(log).toEqual(['-c', '-a', '+a', '-a']);
    await kit.advance(delay_ms);
    expect(states(kit)).toEqual({
      top: 'running 1',
      'top/sup': 'running 3',
      'top/sup/a': 'running 3',
      'top/sup/b': 'running 3',
      'top/sup/c': 'running 2',
    });
  });

  it('the stop hook runs for what the start hook opened, and only for that', async () => {
    const log: string[] = [];
    const hooks = recording(log, 'sup');
    let fails = true;
    const flaky = child('a', {
      hooks: {
        start: () => {
          if (fails) throw new Boom();
        },
      },
    });
    const { kernel } = kernelKit();
    expect(() => kernel.spawn(flaky.logic, { ...supervisor('sup', [flaky]), hooks })).toThrow(/did not start/);
    expect(log).toEqual(['+sup', '-sup']);
    fails = false;
    log.length = 0;
    const refused = {
      start: () => {
        throw new Boom();
      },
      stop: () => {
        log.push('-refused');
      },
    };
    expect(() => kernel.spawn(flaky.logic, { id: 'x', hooks: refused })).toThrow(/did not start/);
    expect(log).toEqual([]);
    expect(kernel.size).toBe(0);
  });

  it('a permanent child whose logic is done as soon as it starts is restarted until its supervisor gives up', async () => {
    const done = createMachine({ initial: 'done', states: { done: { type: 'final' } } });
    const kit = await boot([
      supervisor('top', [
        supervisor('sup', [child('a', { logic: done })], {
          child: 'temporary',
          restart: { ...freely, maxRestarts: 2 },
        }),
      ]),
    ]);
    await kit.advance(1_000);
    expect(kit.seen('actor.restarting')).toEqual(['top/sup/a', 'top/sup/a']);
    expect(states(kit)).toEqual({ top: 'running 1' });
  });

  it('a transient promise that resolves has ended normally, one that rejects is tried again', async () => {
    let tries = 0;
    const logic = fromPromise(async () => {
      tries += 1;
      if (tries < 3) throw new Boom();
    });
    const kit = await boot([supervisor('sup', [child('p', { logic, child: 'transient' })])]);
    await kit.advance(1_000);
    expect(tries).toBe(3);
    expect(kit.kernel.supervision('sup').countChildren()).toEqual({ specs: 1, active: 0 });
    expect(kit.events.at(-1)).toMatchObject({ type: 'actor.stopped', address: 'sup/p', reason: 'normal' });
  });
});
