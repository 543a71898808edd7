// Which children come back, and which others with them.
import type { Strategy } from '../../src/base/supervision-options.ts';
import { describe, expect, it } from 'vitest';
import { Judge } from '../../src/kernel/judge.ts';
import { restartSpec } from '../../src/kernel/spec.ts';
import { spawnActor } from '../../src/kernel/actions.ts';
import { createMachine } from 'xstate';
import {
  boot,
  child,
  countOf,
  crash,
  crashAndMend,
  delay_ms,
  freely,
  recording,
  states,
  supervisor,
  tell,
  worker,
} from './supervision-kit.ts';

const as = (strategy: Strategy) => ({ restart: { ...freely, strategy } });

describe('child types', () => {
  it('S01 a permanent child ends normally, by itself, and with an error: restarted 3 of 3', async () => {
    const kit = await boot([supervisor('sup', [child('a', { child: 'permanent' })])]);
    await tell(kit, 'sup/a', { type: 'finish' });
    await kit.advance(delay_ms);
    expect(states(kit)['sup/a']).toBe('running 2');
    await tell(kit, 'sup/a', { type: 'quit' });
    await kit.advance(2 * delay_ms);
    expect(states(kit)['sup/a']).toBe('running 3');
    await crashAndMend(kit, 'sup/a');
    expect(states(kit)['sup/a']).toBe('running 4');
    expect(kit.seen('actor.stopped')).toEqual([]);
  });

  it('S01 whatever its reason, also shutdown and killed, the end of a permanent child is a restart', () => {
    const judge = new Judge(restartSpec(freely));
    for (const reason of ['normal', 'shutdown', 'killed', 'error'] as const) {
      const decisions = judge.decide({ type: 'child.exited', id: 'a', child: 'permanent', reason, now: 0, random: 0 });
      expect(decisions).toMatchObject([{ type: 'child.restart', id: 'a', scope: 'one' }]);
    }
  });

  it('S01 a permanent child that was spawned comes back after a normal end, too', async () => {
    const kit = await boot([supervisor('sup', [])]);
    kit.kernel.spawn(worker, { id: 'a', child: 'permanent' }, 'sup');
    await tell(kit, 'sup/a', { type: 'finish' });
    await kit.advance(delay_ms);
    expect(states(kit)['sup/a']).toBe('running 2');
  });

  it('S02 a transient child: an error restarts it; a normal end or a shutdown does not, and its spec is kept', async () => {
    const kit = await boot([
      supervisor('sup', [child('a', { child: 'transient' }), child('b', { child: 'transient' })]),
    ]);
    const supervision = kit.kernel.supervision('sup');
    await crashAndMend(kit, 'sup/a');
    expect(states(kit)['sup/a']).toBe('running 2');
    await tell(kit, 'sup/a', { type: 'finish' });
    await supervision.terminateChild('b');
    await kit.advance(60_000);
    expect(supervision.countChildren()).toEqual({ specs: 2, active: 0 });
    expect(supervision.whichChildren().map(({ id, state }) => [id, state])).toEqual([
      ['a', 'stopped'],
      ['b', 'stopped'],
    ]);
    expect(kit.events.filter(({ type }) => type === 'actor.stopped')).toMatchObject([
      { address: 'sup/a', reason: 'normal' },
      { address: 'sup/b', reason: 'shutdown' },
    ]);
  });

  it.each([
    ['normal', 'finish'],
    ['normal', 'quit'],
    ['error', 'crash'],
  ] as const)('S03 a temporary child is removed by any end (%s by %s): spec count 0', async (reason, type) => {
    const kit = await boot([supervisor('sup', [child('a', { child: 'temporary' })])]);
    await crash(kit, 'sup/a', { type });
    await kit.advance(60_000);
    expect(kit.kernel.supervision('sup').countChildren()).toEqual({ specs: 0, active: 0 });
    expect(kit.events.filter((event) => event.type === 'actor.stopped')).toMatchObject([{ address: 'sup/a', reason }]);
  });

  it('S03 a temporary child that is stopped leaves no spec either', async () => {
    const kit = await boot([supervisor('sup', [child('a', { child: 'temporary' })])]);
    await kit.kernel.supervision('sup').terminateChild('a');
    expect(kit.kernel.supervision('sup').countChildren()).toEqual({ specs: 0, active: 0 });
  });
});

describe('strategies', () => {
  it('S04 one-for-one A, B: A fails, B keeps incarnation, state and mailbox', async () => {
    const kit = await boot([supervisor('sup', ['a', 'b'])]);
    await tell(kit, 'sup/b', { type: 'add' });
    await tell(kit, 'sup/b', { type: 'add' });
    kit.kernel.lookup('sup/a')?.tell({ type: 'crash' });
    kit.kernel.lookup('sup/b')?.tell({ type: 'add' });
    await kit.settle();
    expect(states(kit)).toEqual({ sup: 'running 1', 'sup/a': 'suspended 1', 'sup/b': 'running 1' });
    expect(await countOf(kit, 'sup/b')).toBe(3);
  });

  it('S05 one-for-all: the middle of 3 fails, 3 new incarnations', async () => {
    const kit = await boot([supervisor('sup', ['a', 'b', 'c'], as('one-for-all'))]);
    await tell(kit, 'sup/a', { type: 'add' });
    await crashAndMend(kit, 'sup/b');
    expect(states(kit)).toEqual({ sup: 'running 1', 'sup/a': 'running 2', 'sup/b': 'running 2', 'sup/c': 'running 2' });
    expect(await countOf(kit, 'sup/a')).toBe(0);
  });

  it('S06 rest-for-one A, B, C: B fails, A untouched, B and C new', async () => {
    const kit = await boot([supervisor('sup', ['a', 'b', 'c'], as('rest-for-one'))]);
    await tell(kit, 'sup/a', { type: 'add' });
    await crashAndMend(kit, 'sup/b');
    expect(states(kit)).toEqual({ sup: 'running 1', 'sup/a': 'running 1', 'sup/b': 'running 2', 'sup/c': 'running 2' });
    expect(await countOf(kit, 'sup/a')).toBe(1);
  });

  it('S07 five children with unsorted ids: started in order, stopped in reverse', async () => {
    const ids = ['m', 'b', 'z', 'a', 'k'];
    const log: string[] = [];
    const kit = await boot([
      supervisor(
        'sup',
        ids.map((id) => child(id, { hooks: recording(log, id) })),
      ),
    ]);
    expect(log).toEqual(ids.map((id) => `+${id}`));
    log.length = 0;
    await kit.kernel.stop();
    expect(log).toEqual(ids.toReversed().map((id) => `-${id}`));
  });

  it('S07 the order outlives restarts, hand-made restarts and temporary members', async () => {
    const ids = ['m', 'b', 'z', 'a', 'k'];
    const log: string[] = [];
    const options = (id: string) =>
      child(id, { hooks: recording(log, id), ...(id === 'm' ? { child: 'temporary' } : {}) });
    const kit = await boot([supervisor('top', [supervisor('sup', ids.map(options))])]);
    await crashAndMend(kit, 'top/sup');
    await crashAndMend(kit, 'top/sup/z');
    await kit.kernel.supervision('top/sup').terminateChild('b');
    await kit.kernel.supervision('top/sup').restartChild('b');
    log.length = 0;
    await kit.kernel.lookup('top')?.stop();
    expect(log).toEqual(ids.toReversed().map((id) => `-${id}`));
  });

  it('S08 rest-for-one, the third of five dies: stop 5, 4; start 3, 4, 5', async () => {
    const log: string[] = [];
    const ids = ['c1', 'c2', 'c3', 'c4', 'c5'];
    const kit = await boot([
      supervisor(
        'sup',
        ids.map((id) => child(id, { hooks: recording(log, id) })),
        as('rest-for-one'),
      ),
    ]);
    log.length = 0;
    await crashAndMend(kit, 'sup/c3');
    expect(log).toEqual(['-c5', '-c4', '+c3', '+c4', '+c5']);
  });

  it('a declared child and one that was spawned come back together under one-for-all', async () => {
    const kit = await boot([supervisor('sup', ['a'], as('one-for-all'))]);
    kit.kernel.spawn(worker, { id: 'extra' }, 'sup');
    await crashAndMend(kit, 'sup/extra');
    expect(states(kit)).toEqual({ sup: 'running 1', 'sup/a': 'running 2', 'sup/extra': 'running 2' });
  });

  it('an actor spawned by an effect under a one-for-all supervisor is supervised like any other', async () => {
    const parent = createMachine({
      on: { more: { actions: spawnActor(worker, ({ event }) => ({ id: (event as unknown as { id: string }).id })) } },
    });
    const kit = await boot([supervisor('sup', [], { logic: parent, ...as('one-for-all') })]);
    await tell(kit, 'sup', { type: 'more', id: 'x' } as { type: string });
    await tell(kit, 'sup', { type: 'more', id: 'y' } as { type: string });
    await crashAndMend(kit, 'sup/y');
    expect(states(kit)).toEqual({ sup: 'running 1', 'sup/x': 'running 2', 'sup/y': 'running 2' });
  });
});
