// A supervisor's own calls, in OTP's words, and children that come and go by the thousand.
import type { RestartOptions, Strategy } from '../../src/base/supervision-options.ts';
import { describe, expect, it } from 'vitest';
import type { Duration } from '../../src/base/duration.ts';
import type { SpawnOptions } from '../../src/kernel/spec.ts';
import { kernelKit } from './kernel-kit.ts';
import {
  Boom,
  boot,
  child,
  countOf,
  crash,
  crashAndMend,
  delay_ms,
  never,
  states,
  supervisor,
  tell,
  worker,
} from './supervision-kit.ts';

const refused = (code: string) => expect.objectContaining({ code });

describe('the calls', () => {
  it('S25 during a restart: start says already present, restart and delete say restarting, active count excludes it', async () => {
    const kit = await boot([supervisor('sup', ['a', 'b'])]);
    const supervision = kit.kernel.supervision('sup');
    await crash(kit, 'sup/a');
    expect(() => kit.kernel.spawn(worker, { id: 'a' }, 'sup')).toThrow(refused('ACTOR_EXISTS'));
    expect(() => kit.kernel.spawn(worker, { id: 'a' }, 'sup')).toThrow(/already present/);
    await expect(supervision.restartChild('a')).rejects.toThrow(refused('ACTOR_RESTARTING'));
    expect(() => {
      supervision.deleteChild('a');
    }).toThrow(refused('ACTOR_RESTARTING'));
    expect(supervision.countChildren()).toEqual({ specs: 2, active: 1 });
    expect(supervision.whichChildren()).toMatchObject([
      { id: 'a', state: 'restarting' },
      { id: 'b', state: 'running' },
    ]);
    await kit.advance(delay_ms);
    expect(supervision.countChildren()).toEqual({ specs: 2, active: 2 });
  });

  it('S25 the same while the restarted child is starting', async () => {
    let starts = 0;
    const start = () => ((starts += 1) === 2 ? never : undefined);
    const kit = await boot([supervisor('sup', [child('a', { hooks: { start } })])]);
    const supervision = kit.kernel.supervision('sup');
    await crashAndMend(kit, 'sup/a');
    expect(supervision.whichChildren()).toMatchObject([{ id: 'a', state: 'starting', incarnation: 2 }]);
    await expect(supervision.restartChild('a')).rejects.toThrow(refused('ACTOR_RESTARTING'));
    expect(() => {
      supervision.deleteChild('a');
    }).toThrow(refused('ACTOR_RESTARTING'));
    expect(supervision.countChildren()).toEqual({ specs: 1, active: 0 });
  });

  it('S26 stopping an unknown id: not found; twice: fine', async () => {
    const kit = await boot([supervisor('sup', ['a'])]);
    const supervision = kit.kernel.supervision('sup');
    await expect(supervision.terminateChild('nobody')).rejects.toMatchObject({
      code: 'ACTOR_NOT_FOUND',
      details: { address: 'sup/nobody' },
    });
    await supervision.terminateChild('a');
    await supervision.terminateChild('a');
    expect(supervision.countChildren()).toEqual({ specs: 1, active: 0 });
    const root = kit.kernel.supervision();
    await expect(root.terminateChild('nobody')).rejects.toMatchObject({ details: { address: 'nobody' } });
  });

  it('S26 stopping through a ref twice is fine, too', async () => {
    const kit = await boot([supervisor('sup', ['a'])]);
    const ref = kit.kernel.lookup('sup/a');
    await ref?.stop();
    await ref?.stop();
    expect(states(kit)).toEqual({ sup: 'running 1' });
  });

  it('S27 duplicate id: refused, original untouched', async () => {
    const kit = await boot([supervisor('sup', ['a'])]);
    await tell(kit, 'sup/a', { type: 'add' });
    expect(() => kit.kernel.spawn(worker, { id: 'a' }, 'sup')).toThrow(refused('ACTOR_EXISTS'));
    expect(states(kit)).toEqual({ sup: 'running 1', 'sup/a': 'running 1' });
    expect(await countOf(kit, 'sup/a')).toBe(1);
    expect(() => kit.kernel.spawn(worker, supervisor('twins', ['x', 'x']))).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        details: expect.objectContaining({ field: 'children' }) as object,
      }),
    );
    expect(kit.kernel.size).toBe(2);
  });

  it('stop, restart by hand, delete: each in its turn and no other', async () => {
    const kit = await boot([supervisor('sup', ['a', 'b'])]);
    const supervision = kit.kernel.supervision('sup');
    await expect(supervision.restartChild('a')).rejects.toThrow(refused('ACTOR_EXISTS'));
    expect(() => {
      supervision.deleteChild('a');
    }).toThrow(refused('ACTOR_EXISTS'));
    await supervision.terminateChild('a');
    await supervision.restartChild('a');
    expect(supervision.whichChildren().map(({ id, state }) => [id, state])).toEqual([
      ['a', 'running'],
      ['b', 'running'],
    ]);
    await supervision.terminateChild('a');
    supervision.deleteChild('a');
    expect(supervision.countChildren()).toEqual({ specs: 1, active: 1 });
    await expect(supervision.restartChild('a')).rejects.toThrow(refused('ACTOR_NOT_FOUND'));
    expect(() => {
      supervision.deleteChild('a');
    }).toThrow(refused('ACTOR_NOT_FOUND'));
  });

  it('a child that fails to start by hand stays ended, with its spec, and charges nobody', async () => {
    let starts = 0;
    const start = () => {
      if ((starts += 1) > 1) throw new Boom();
    };
    const kit = await boot([supervisor('sup', [child('a', { hooks: { start } })], { restart: { maxRestarts: 0 } })]);
    const supervision = kit.kernel.supervision('sup');
    await supervision.terminateChild('a');
    await expect(supervision.restartChild('a')).rejects.toThrow(refused('START_FAILED'));
    await kit.advance(60_000);
    expect(supervision.countChildren()).toEqual({ specs: 1, active: 0 });
    expect(starts).toBe(2);
  });

  it('S34 supervisor restart: declared children return, dynamic ones do not', async () => {
    const kit = await boot([
      supervisor('top', [
        supervisor('sup', ['a', child('t', { child: 'temporary' }), child('done', { child: 'transient' })]),
      ]),
    ]);
    const told: string[] = [];
    kit.kernel.spawn(worker, { id: 'dynamic' }, 'top/sup').watch(({ reason }) => told.push(reason));
    kit.kernel.spawn(worker, { id: 'stubborn', child: 'permanent' }, 'top/sup');
    await tell(kit, 'top/sup/done', { type: 'finish' });
    await crash(kit, 'top/sup/t');
    await kit.kernel.supervision('top/sup').terminateChild('a');
    await crashAndMend(kit, 'top/sup');
    expect(states(kit)).toEqual({
      top: 'running 1',
      'top/sup': 'running 2',
      'top/sup/a': 'running 1',
      'top/sup/t': 'running 1',
      'top/sup/done': 'running 1',
    });
    expect(told).toEqual(['shutdown']);
  });
});

describe('options', () => {
  const spawning = (options: Partial<SpawnOptions>) => () => {
    kernelKit().kernel.spawn(worker, { id: 'a', ...options });
  };
  const restart = (options: RestartOptions) => ({ restart: options });
  const backoff = (options: RestartOptions['backoff'] & {}) => restart({ backoff: options });
  const wrong: [string, Partial<SpawnOptions>][] = [
    ['restart.strategy', restart({ strategy: 'two-for-one' as Strategy })],
    ['restart.maxRestarts', restart({ maxRestarts: -1 })],
    ['restart.maxRestarts', restart({ maxRestarts: Number.NaN })],
    ['restart.maxRestarts', restart({ maxRestarts: 1.5 })],
    ['restart.within', restart({ within: 0 })],
    ['restart.within', restart({ within: '0s' })],
    ['restart.within', restart({ within: -5 })],
    ['restart.within', restart({ within: Number.NaN })],
    ['restart.within', restart({ within: 'soon' as Duration })],
    ['restart.window', restart({ window: 5 } as RestartOptions)],
    ['restart.backoff.initial', backoff({ initial: -1 })],
    ['restart.backoff.initial', backoff({ initial: Number.NaN })],
    ['restart.backoff.max', backoff({ max: '-1s' })],
    ['restart.backoff.max', backoff({ max: Number.POSITIVE_INFINITY })],
    ['restart.backoff.factor', backoff({ factor: 0.5 })],
    ['restart.backoff.factor', backoff({ factor: Number.NaN })],
    ['restart.backoff.jitter', backoff({ jitter: 1.1 })],
    ['restart.backoff.jitter', backoff({ jitter: Number.NaN })],
    ['restart.backoff.min', backoff({ min: 1 } as object)],
    ['child', { child: 'eternal' as 'permanent' }],
    ['shutdown', { shutdown: -1 }],
    ['shutdown', { shutdown: Number.NaN }],
    ['shutdown', { shutdown: 'slowly' as 'kill' }],
    ['startTimeout', { startTimeout: 0 }],
    ['startTimeout', { startTimeout: Number.NaN }],
    ['mailbox.capacity', { mailbox: { capacity: 0 } }],
    ['mailbox.size', { mailbox: { size: 3 } as object }],
    ['instances', { instances: Number.NaN }],
    ['instances', { instances: 0 }],
    ['children', { children: {} as [] }],
    ['recover', { recover: 'best' as 'initial' }],
    ['patience', { patience: 3 } as object],
    ['id', { id: 'a/b' }],
  ];
  it.each(wrong)('S28 refused, the field named: %s in %j', (field, options) => {
    expect(spawning(options)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', details: expect.objectContaining({ field }) as object }),
    );
  });

  it('S28 what is refused leaves nothing behind', () => {
    const { kernel } = kernelKit();
    for (const [, options] of wrong) expect(() => kernel.spawn(worker, { id: 'a', ...options })).toThrow();
    expect([kernel.size, kernel.timers.pending]).toEqual([0, 0]);
    expect(kernel.spawn(worker, { id: 'a' }).address).toBe('a');
  });

  it('a declared pool is as many children as it has instances', async () => {
    const kit = await boot([supervisor('sup', [child('pool', { instances: 3 })])]);
    expect(Object.keys(states(kit))).toEqual(['sup', 'sup/pool:0', 'sup/pool:1', 'sup/pool:2']);
    await crashAndMend(kit, 'sup/pool:1');
    expect(states(kit)).toMatchObject({ 'sup/pool:0': 'running 1', 'sup/pool:1': 'running 2' });
  });
});

describe('many', () => {
  /** Process time in ms of starting and stopping so many temporaries under one supervisor. */
  async function churn(count: number): Promise<number> {
    const kit = await boot([supervisor('sup', [])], { onEvent: () => {} });
    const before = process.cpuUsage();
    const refs = Array.from({ length: count }, (_, index) =>
      kit.kernel.spawn(worker, { id: `t${index}`, child: 'temporary' }, 'sup'),
    );
    expect(kit.kernel.supervision('sup').countChildren()).toEqual({ specs: count, active: count });
    for (const ref of refs) await ref.stop();
    const { user, system } = process.cpuUsage(before);
    expect(kit.kernel.supervision('sup').countChildren()).toEqual({ specs: 0, active: 0 });
    expect([kit.kernel.size, kit.kernel.timers.pending, kit.clock.pendingTimers]).toEqual([1, 0, 0]);
    return (user + system) / 1_000;
  }
  const median = (times: readonly number[]): number =>
    times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;

  it('S30 10,000 dynamic temporaries started and stopped: 10x children takes at most 20x process time, nothing left', async () => {
    await churn(1_000);
    const few: number[] = [];
    const many: number[] = [];
    for (let round = 0; round < 5; round++) {
      few.push(await churn(1_000));
      many.push(await churn(10_000));
    }
    expect(median(many) / median(few)).toBeLessThanOrEqual(20);
  });
});
