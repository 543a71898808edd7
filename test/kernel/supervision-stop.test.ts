// Orderly stops, what happens when they take too long, and everything that may go on meanwhile.
import { describe, expect, it } from 'vitest';
import type { Reason } from '../../src/base/reason.ts';
import type { KernelKit } from './kernel-kit.ts';
import {
  Boom,
  boot,
  child,
  crash,
  delay_ms,
  freely,
  gate,
  info,
  Living,
  never,
  recording,
  states,
  supervisor,
  tell,
  worker,
} from './supervision-kit.ts';

const hanging = { stop: () => never };

/** How and when each actor ended, by address. */
function ends({ events }: KernelKit): Record<string, [Reason, number]> {
  const start = Date.UTC(2026, 0, 1);
  return Object.fromEntries(
    events.flatMap((event) =>
      event.type === 'actor.stopped' ? [[event.address, [event.reason, event.at - start]]] : [],
    ),
  );
}

describe('time-out and kill', () => {
  it('S20 shutdown 1,000 ms and the child hangs: killed between 1,000 and 1,200 ms, reason killed', async () => {
    const kit = await boot([supervisor('sup', [child('a', { hooks: hanging, shutdown: 1_000 })])]);
    const stopped = kit.kernel.supervision('sup').terminateChild('a');
    await kit.advance(999);
    expect(info(kit, 'sup/a')?.state).toBe('stopping');
    await kit.advance(201);
    await stopped;
    const [reason, at] = ends(kit)['sup/a'] ?? [];
    expect(reason).toBe('killed');
    expect(at).toBeGreaterThanOrEqual(1_000);
    expect(at).toBeLessThanOrEqual(1_200);
    expect(kit.kernel.supervision('sup').countChildren()).toEqual({ specs: 1, active: 0 });
    expect(kit.kernel.timers.pending).toBe(0);
  });

  it('S20 a supervisor that takes too long is killed with all below it, and no further stop hook runs', async () => {
    const log: string[] = [];
    const kids = [
      child('a', { hooks: recording(log, 'a') }),
      child('b', { hooks: hanging }),
      child('c', { hooks: recording(log, 'c') }),
    ];
    const kit = await boot([
      supervisor('top', [supervisor('sup', kids, { shutdown: 1_000, hooks: recording(log, 'sup') })]),
    ]);
    log.length = 0;
    const stopped = kit.kernel.lookup('top/sup')?.stop();
    await kit.advance(1_200);
    await stopped;
    expect(log).toEqual(['-c']);
    expect(ends(kit)).toEqual({
      'top/sup/c': ['shutdown', 0],
      'top/sup/b': ['killed', 1_000],
      'top/sup/a': ['killed', 1_000],
      'top/sup': ['killed', 1_000],
    });
    expect(kit.kernel.timers.pending).toBe(0);
  });

  it('S20 a child that hangs in a restart of its group is taken down by force and comes back', async () => {
    const living = new Living();
    const kids = [child('a'), child('b', { logic: living.logic('b'), hooks: hanging, shutdown: 1_000 })];
    const kit = await boot([supervisor('sup', kids, { restart: { ...freely, strategy: 'one-for-all' } })]);
    kit.kernel.lookup('sup/b')?.watch(() => {
      throw new Boom('it is only restarted');
    });
    await crash(kit, 'sup/a');
    await kit.advance(999);
    expect(living.now.get('b')).toBe(1);
    await kit.advance(1 + delay_ms);
    expect(states(kit)).toEqual({ sup: 'running 1', 'sup/a': 'running 2', 'sup/b': 'running 2' });
    expect(living.most.get('b')).toBe(1);
    expect(kit.events.filter(({ type }) => type === 'effect.refused')).toEqual([]);
  });

  it('a parent that takes too long to go down for its restart loses who hangs, not who is down', async () => {
    const living = new Living();
    const log: string[] = [];
    const kids = [
      child('a', { logic: living.logic('a'), hooks: recording(log, 'a') }),
      child('b', { hooks: hanging }),
      child('c', { logic: living.logic('c') }),
    ];
    const kit = await boot([supervisor('top', [supervisor('sup', kids, { shutdown: 1_000 })])]);
    await crash(kit, 'top/sup');
    await kit.advance(1_000);
    expect(log).toEqual(['+a']);
    expect(states(kit)).toEqual({ top: 'running 1', 'top/sup': 'suspended 1', 'top/sup/c': 'suspended 1' });
    await kit.advance(delay_ms);
    expect(states(kit)).toEqual({
      top: 'running 1',
      'top/sup': 'running 2',
      'top/sup/a': 'running 1',
      'top/sup/b': 'running 1',
      'top/sup/c': 'running 2',
    });
    expect([...living.most.values(), ...living.now.values()]).toEqual([1, 1, 1, 1]);
    expect(kit.kernel.timers.pending).toBe(0);
  });

  it('S21 kill: no stop hook runs in the whole branch, no time passes, under 50 ms', async () => {
    const log: string[] = [];
    const kids = Array.from({ length: 100 }, (_, index) =>
      child(`c${index}`, { hooks: { ...recording(log, `c${index}`), stop: () => never } }),
    );
    const took_ms: number[] = [];
    for (let round = 0; round < 5; round++) {
      const kit = await boot([supervisor('sup', kids, { shutdown: 'kill', hooks: recording(log, 'sup') }), child('b')]);
      log.length = 0;
      // Process time: the machine may be busy with other things.
      const before = process.cpuUsage();
      await kit.kernel.lookup('sup')?.stop();
      const { user, system } = process.cpuUsage(before);
      took_ms.push((user + system) / 1_000);
      expect(log).toEqual([]);
      expect(kit.clock.now()).toBe(0);
      expect(states(kit)).toEqual({ b: 'running 1' });
      expect(new Set(Object.values(ends(kit)).map(([reason]) => reason))).toEqual(new Set(['killed']));
    }
    expect(took_ms.toSorted((a, b) => a - b)[2]).toBeLessThan(50);
  });

  it('S21 a child with shutdown kill: its hook does not run when the group is restarted either', async () => {
    const log: string[] = [];
    const kids = [child('a'), child('b', { shutdown: 'kill', hooks: recording(log, 'b') })];
    const kit = await boot([supervisor('sup', kids, { restart: { ...freely, strategy: 'one-for-all' } })]);
    await crash(kit, 'sup/a');
    await kit.advance(delay_ms);
    expect(log).toEqual(['+b', '+b']);
  });
});

describe('what happens while a supervisor stops', () => {
  it('S23 ten children end with mixed reasons while the supervisor stops: stop completes, each reason kept, no restart', async () => {
    const hold = gate();
    const expected: Record<string, Reason> = {};
    const kids = Array.from({ length: 10 }, (_, index) => {
      const id = `c${index}`;
      const reason = (['error', 'normal', 'killed', 'shutdown'] as const)[index % 4] ?? 'error';
      expected[`sup/${id}`] = reason;
      return child(id, reason === 'killed' ? { hooks: hanging, shutdown: '1s' } : {});
    });
    const kit = await boot([supervisor('sup', [...kids, child('last', { hooks: { stop: () => hold.opened } })])]);
    const stopped = kit.kernel.lookup('sup')?.stop();
    await kit.settle();
    for (const [address, reason] of Object.entries(expected)) {
      if (reason === 'error') await crash(kit, address);
      if (reason === 'normal') await tell(kit, address, { type: 'finish' });
    }
    hold.open();
    await kit.advance(5_000);
    await stopped;
    const reasons = Object.fromEntries(Object.entries(ends(kit)).map(([address, [reason]]) => [address, reason]));
    expect(reasons).toEqual({ ...expected, 'sup/last': 'shutdown', sup: 'shutdown' });
    expect(kit.seen('actor.restarting')).toEqual([]);
    expect([kit.kernel.size, kit.kernel.timers.pending]).toEqual([0, 0]);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Boom();
      },
    ],
    ['rejects', () => Promise.reject(new Boom())],
    ['hangs', () => never],
  ])('S24 stop during a restart loop whose start %s completes within 1 s', async (_how, again) => {
    let starts = 0;
    const start = () => ((starts += 1) === 1 ? undefined : again());
    const kit = await boot([supervisor('sup', [child('a', { hooks: { start } }), 'b'])]);
    await crash(kit, 'sup/a');
    await kit.advance(500);
    expect(starts).toBeGreaterThan(1);
    const before = kit.clock.now();
    let at = Number.NaN;
    void kit.kernel
      .lookup('sup')
      ?.stop()
      .then(() => {
        at = kit.clock.now();
      });
    await kit.advance(1_000);
    expect(at - before).toBeLessThanOrEqual(1_000);
    const settled = starts;
    await kit.advance(60_000);
    expect(starts).toBe(settled);
    expect([kit.kernel.size, kit.kernel.timers.pending]).toEqual([0, 0]);
  });

  it('a stop while suspended children wait for their backoff ends them too, with one notice each', async () => {
    const told: string[] = [];
    const slow = { ...freely, backoff: { initial: '10s', max: '10s', jitter: 0 } } as const;
    const kit = await boot([supervisor('sup', ['a', 'b', 'c'], { restart: slow })]);
    for (const id of ['a', 'b', 'c']) kit.kernel.lookup(`sup/${id}`)?.watch(({ address }) => told.push(address));
    await crash(kit, 'sup/a');
    await crash(kit, 'sup/c');
    await kit.kernel.lookup('sup')?.stop();
    expect(told).toEqual(['sup/c', 'sup/b', 'sup/a']);
    await kit.advance(60_000);
    expect(kit.seen('actor.started').length).toBe(4);
    expect([kit.kernel.size, kit.kernel.timers.pending]).toEqual([0, 0]);
  });

  it('a stop of an actor that is going down for its restart waits for that, then it is gone', async () => {
    const hold = gate();
    const log: string[] = [];
    const stop = async () => {
      log.push('closing');
      await hold.opened;
      log.push('closed');
    };
    const kit = await boot([
      supervisor('sup', ['a', child('b', { hooks: { stop } })], { restart: { ...freely, strategy: 'one-for-all' } }),
    ]);
    await crash(kit, 'sup/a');
    const stopped = kit.kernel
      .lookup('sup/b')
      ?.stop()
      .then(() => log.push('gone'));
    await kit.settle();
    expect(log).toEqual(['closing']);
    hold.open();
    await kit.settle();
    await stopped;
    expect(log).toEqual(['closing', 'closed', 'gone']);
    await kit.advance(delay_ms);
    expect(states(kit)).toEqual({ sup: 'running 1', 'sup/a': 'running 2' });
  });

  it('nothing can be started under an actor that stops or waits for its restart', async () => {
    const kit = await boot([supervisor('top', [supervisor('sup', [child('a', { hooks: hanging })])])]);
    await crash(kit, 'top/sup');
    expect(() => kit.kernel.spawn(worker, { id: 'x' }, 'top/sup')).toThrow(
      expect.objectContaining({ code: 'ACTOR_RESTARTING' }),
    );
    void kit.kernel.lookup('top')?.stop();
    await kit.settle();
    expect(() => kit.kernel.spawn(worker, { id: 'x' }, 'top')).toThrow(
      expect.objectContaining({ code: 'ACTOR_NOT_FOUND' }),
    );
  });

  it('stopping twice at once: both are told when it is gone', async () => {
    const kit = await boot([supervisor('sup', [child('a', { hooks: hanging, shutdown: 100 })])]);
    const both = Promise.all([kit.kernel.lookup('sup/a')?.stop(), kit.kernel.supervision('sup').terminateChild('a')]);
    await kit.advance(100);
    await both;
    expect(states(kit)).toEqual({ sup: 'running 1' });
  });
});

describe('stop hooks', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Boom('no exit');
      },
    ],
    ['rejects', () => Promise.reject(new Boom('no exit'))],
  ])('S48 a stop hook that %s: stop goes on, error recorded, children still stopped', async (_how, stop) => {
    const log: string[] = [];
    const kids = ['a', 'b'].map((id) => child(id, { hooks: recording(log, id) }));
    const kit = await boot([supervisor('sup', [...kids, child('bad', { hooks: { stop } })], { hooks: { stop } })]);
    log.length = 0;
    const stopped = kit.kernel.lookup('sup')?.stop();
    await kit.settle();
    await stopped;
    expect(log).toEqual(['-b', '-a']);
    expect(kit.events.filter(({ type }) => type === 'actor.stopHookFailed')).toMatchObject([
      { address: 'sup/bad', error: { message: 'no exit' } },
      { address: 'sup', error: { message: 'no exit' } },
    ]);
    expect(Object.values(ends(kit)).map(([reason]) => reason)).toEqual([
      'shutdown',
      'shutdown',
      'shutdown',
      'shutdown',
    ]);
    expect([kit.kernel.size, kit.kernel.timers.pending]).toEqual([0, 0]);
  });

  it('a stop hook runs when the actor ends by itself, not when it crashed', async () => {
    const log: string[] = [];
    const kids = ['quits', 'ends', 'fails'].map((id) => child(id, { child: 'temporary', hooks: recording(log, id) }));
    const kit = await boot([supervisor('sup', kids)]);
    log.length = 0;
    await tell(kit, 'sup/quits', { type: 'quit' });
    await tell(kit, 'sup/ends', { type: 'finish' });
    await crash(kit, 'sup/fails');
    expect(log).toEqual(['-quits', '-ends']);
  });
});
