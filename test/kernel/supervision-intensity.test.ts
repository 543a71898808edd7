// How often a supervisor mends before it gives up, and who answers for it then.
import type { RestartOptions } from '../../src/base/supervision-options.ts';
import { describe, expect, it } from 'vitest';
import { RestartLimitError } from '../../src/base/errors.ts';
import {
  boot,
  child,
  crash,
  crashAndMend,
  delay_ms,
  freely,
  never,
  recording,
  states,
  supervisor,
  worker,
} from './supervision-kit.ts';

const max = (maxRestarts: number, within: RestartOptions['within'] & {} = '1h') => ({
  restart: { ...freely, maxRestarts, within },
});

describe('restart intensity', () => {
  it('S09 max 2 per hour: failures 1 and 2 restart, the 3rd ends the supervisor', async () => {
    const kit = await boot([supervisor('top', [supervisor('sup', ['a'], { child: 'temporary', ...max(2) })])]);
    await crashAndMend(kit, 'top/sup/a');
    expect(states(kit)['top/sup/a']).toBe('running 2');
    await crashAndMend(kit, 'top/sup/a');
    expect(states(kit)['top/sup/a']).toBe('running 3');
    await crash(kit, 'top/sup/a');
    expect(states(kit)).toEqual({ top: 'running 1' });
    expect(kit.events.filter(({ type }) => type === 'supervisor.gaveUp')).toMatchObject([
      { address: 'top/sup', child: 'top/sup/a', error: { code: 'RESTART_LIMIT', cause: { message: 'boom' } } },
    ]);
  });

  it('S09 failures of all children count together', async () => {
    const kit = await boot([
      supervisor('top', [supervisor('sup', ['a', 'b', 'c'], { child: 'temporary', ...max(2) })]),
    ]);
    for (const id of ['a', 'b', 'c']) await crashAndMend(kit, `top/sup/${id}`);
    expect(states(kit)).toEqual({ top: 'running 1' });
  });

  it('S10 max 1 per second, failures 2.1 s apart: alive after 20', async () => {
    const kit = await boot([supervisor('sup', ['a'], max(1, '1s'))]);
    for (let failure = 1; failure <= 20; failure++) {
      await crash(kit, 'sup/a');
      await kit.advance(2_100);
    }
    expect(states(kit)).toEqual({ sup: 'running 1', 'sup/a': 'running 21' });
  });

  it.each([
    [999, 'gives up', 0],
    [1_000, 'gives up', 0],
    [1_001, 'mends', 0],
    [1_000, 'gives up', -3_600_000],
    [1_001, 'mends', -3_600_000],
    [1_001, 'mends', 86_400_000],
  ])(
    'S11 window 1,000 ms, failures %i ms apart: %s (OTP: the edge is inside), the wall clock set by %i ms',
    async (apart, outcome, wall) => {
      const kit = await boot([supervisor('sup', ['a'], max(1, 1_000))]);
      await crash(kit, 'sup/a');
      await kit.advance(apart);
      kit.clock.setWall(kit.clock.wall() + wall);
      await crash(kit, 'sup/a');
      expect(kit.seen('supervisor.gaveUp')).toEqual(outcome === 'mends' ? [] : ['sup']);
    },
  );

  it('S12 intensity 0: the first failure escalates', async () => {
    const kit = await boot([supervisor('top', [supervisor('sup', ['a'], max(0))])]);
    await crash(kit, 'top/sup/a');
    expect(kit.seen('actor.restarting')).toEqual(['top/sup']);
    await kit.advance(delay_ms);
    expect(states(kit)).toEqual({ top: 'running 1', 'top/sup': 'running 2', 'top/sup/a': 'running 2' });
  });

  it('a supervisor that was restarted counts afresh', async () => {
    const kit = await boot([supervisor('top', [supervisor('sup', ['a'], max(1))], max(1))]);
    for (let failure = 1; failure <= 3; failure++) await crashAndMend(kit, 'top/sup/a');
    expect(kit.seen('supervisor.gaveUp')).toEqual(['top/sup']);
    expect(states(kit)).toEqual({ top: 'running 1', 'top/sup': 'running 2', 'top/sup/a': 'running 4' });
  });
});

describe('escalation', () => {
  it("S13 a grandchild's limit is hit, its parent's subtree restarts, cousins untouched", async () => {
    const log: string[] = [];
    const leaf = (id: string) => child(id, { hooks: recording(log, id) });
    const kit = await boot([
      supervisor('top', [
        supervisor('left', [leaf('l1'), leaf('l2')]),
        supervisor('mid', [leaf('m1'), leaf('m2')], max(1)),
        supervisor('right', [leaf('r1')]),
      ]),
    ]);
    await crashAndMend(kit, 'top/mid/m1');
    log.length = 0;
    await crashAndMend(kit, 'top/mid/m1');
    expect(log).toEqual(['-m2', '+m1', '+m2']);
    expect(states(kit)).toEqual({
      top: 'running 1',
      'top/left': 'running 1',
      'top/left/l1': 'running 1',
      'top/left/l2': 'running 1',
      'top/mid': 'running 2',
      'top/mid/m1': 'running 3',
      'top/mid/m2': 'running 2',
      'top/right': 'running 1',
      'top/right/r1': 'running 1',
    });
  });

  it('S13 through three levels: every level gives up once, the one that may restarts, cousins untouched', async () => {
    const kit = await boot([
      supervisor('top', [
        supervisor('a', [supervisor('b', [supervisor('c', ['leaf'], max(0)), 'nephew'], max(0))], max(0)),
        supervisor('cousin', ['x']),
      ]),
    ]);
    await crashAndMend(kit, 'top/a/b/c/leaf');
    expect(kit.seen('supervisor.gaveUp')).toEqual(['top/a/b/c', 'top/a/b', 'top/a']);
    expect(states(kit)).toEqual({
      top: 'running 1',
      'top/a': 'running 2',
      'top/a/b': 'running 2',
      'top/a/b/c': 'running 2',
      'top/a/b/c/leaf': 'running 2',
      'top/a/b/nephew': 'running 2',
      'top/cousin': 'running 1',
      'top/cousin/x': 'running 1',
    });
  });

  it('S14 root limit: everything stops in order, one fatal event, told once', async () => {
    const log: string[] = [];
    const ends: string[] = [];
    const children = ['a', 'b', 'c'].map((id) => child(id, { hooks: recording(log, id) }));
    const kit = await boot(children, { restart: { ...freely, maxRestarts: 1 } });
    kit.kernel.spawn(worker, { id: 'free', hooks: recording(log, 'free') });
    for (const { address } of kit.kernel.actors())
      kit.kernel.lookup(address)?.watch((end) => ends.push(`${end.address} ${end.reason}`));
    await crashAndMend(kit, 'b');
    log.length = 0;
    await crash(kit, 'b');
    expect(log).toEqual(['-free', '-c', '-a']);
    expect(ends.toSorted()).toEqual(['a shutdown', 'b error', 'c shutdown', 'free shutdown']);
    expect(kit.kernel.size).toBe(0);
    expect(kit.kernel.timers.pending).toBe(0);
    expect(kit.clock.pendingTimers).toBe(0);
    await kit.advance(3_600_000);
    expect(kit.events.filter(({ type }) => type === 'kernel.fatal').length).toBe(1);
    expect(kit.fatal).toMatchObject([
      { code: 'RESTART_LIMIT', details: { address: 'root', child: 'b', maxRestarts: 1 } },
    ]);
    expect(kit.fatal[0]).toBeInstanceOf(RestartLimitError);
    expect(() => kit.kernel.spawn(worker, { id: 'late' })).toThrow(expect.objectContaining({ code: 'SHUTTING_DOWN' }));
  });

  it('S14 siblings that fail while the root stops slowly end for their own reason and bring no second fatal event', async () => {
    const slow = child('slow', { hooks: { stop: () => never }, shutdown: '1s' });
    const kit = await boot(
      ['a', 'b', 'd'].map((id) => child(id)),
      { restart: { ...freely, maxRestarts: 0 } },
    );
    kit.kernel.spawn(worker, { ...slow });
    await crash(kit, 'a');
    await crash(kit, 'b');
    expect(kit.fatal).toEqual([]);
    await kit.advance(1_000);
    expect(kit.fatal.length).toBe(1);
    expect(kit.events.filter(({ type }) => type === 'kernel.fatal').length).toBe(1);
    expect(kit.events.filter(({ type }) => type === 'actor.stopped')).toMatchObject([
      { address: 'a', reason: 'error' },
      { address: 'b', reason: 'error' },
      { address: 'slow', reason: 'killed' },
      { address: 'd', reason: 'shutdown' },
    ]);
  });

  it('an actor spawned from outside that fails too often ends alone', async () => {
    const kit = await boot([child('a')]);
    kit.kernel.spawn(worker, { id: 'x', ...max(2) });
    kit.kernel.spawn(worker, { id: 'y', ...max(2) });
    for (let failure = 1; failure <= 3; failure++) await crashAndMend(kit, 'x');
    expect(states(kit)).toEqual({ a: 'running 1', y: 'running 1' });
    expect(kit.fatal).toEqual([]);
  });
});
