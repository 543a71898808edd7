// Groups of siblings that come back together, and everything that may go wrong or come between meanwhile.
import type { Strategy } from '../../src/base/supervision-options.ts';
import { describe, expect, it } from 'vitest';
import { kernelKit } from './kernel-kit.ts';
import {
  Boom,
  boot,
  child,
  crash,
  crashAndMend,
  delay_ms,
  freely,
  gate,
  info,
  Living,
  never,
  states,
  supervisor,
} from './supervision-kit.ts';

const as = (strategy: Strategy) => ({ restart: { ...freely, strategy } });

describe('failures within a restart', () => {
  /** A start that throws when told to. */
  const fragile = (fails: Set<string>, id: string, log: string[]) => ({
    start: () => {
      log.push(`+${id}`);
      if (fails.delete(id)) throw new Boom(id);
    },
  });

  it("S18 one-for-all, the second child's restart fails: the first is restarted again, never two instances at once", async () => {
    const living = new Living();
    const fails = new Set<string>();
    const log: string[] = [];
    const ids = ['a', 'b', 'c'];
    const children = ids.map((id) => child(id, { logic: living.logic(id), hooks: fragile(fails, id, log) }));
    const kit = await boot([supervisor('sup', children, as('one-for-all'))]);
    log.length = 0;
    fails.add('b');
    await crash(kit, 'sup/a');
    await kit.advance(delay_ms);
    expect(log).toEqual(['+a', '+b']);
    expect(states(kit)).toMatchObject({ 'sup/a': 'suspended 2', 'sup/b': 'suspended 2', 'sup/c': 'suspended 1' });
    await kit.advance(delay_ms);
    expect(log).toEqual(['+a', '+b', '+a', '+b', '+c']);
    expect(states(kit)).toMatchObject({ 'sup/a': 'running 3', 'sup/b': 'running 3', 'sup/c': 'running 2' });
    expect([...living.now]).toEqual(ids.map((id) => [id, 1]));
    expect([...living.most]).toEqual(ids.map((id) => [id, 1]));
  });

  it("S19 rest-for-one, a later child's restart fails: the earlier started child is not restarted", async () => {
    const fails = new Set<string>();
    const log: string[] = [];
    const children = ['a', 'b', 'c', 'd'].map((id) => child(id, { hooks: fragile(fails, id, log) }));
    const kit = await boot([supervisor('sup', children, as('rest-for-one'))]);
    log.length = 0;
    fails.add('c');
    await crash(kit, 'sup/b');
    await kit.advance(2 * delay_ms);
    expect(log).toEqual(['+b', '+c', '+c', '+d']);
    expect(states(kit)).toMatchObject({
      'sup/a': 'running 1',
      'sup/b': 'running 2',
      'sup/c': 'running 3',
      'sup/d': 'running 2',
    });
  });

  it('S32 a temporary killed as a bystander of one-for-all is not restarted and not charged', async () => {
    const restart = { ...freely, strategy: 'one-for-all', maxRestarts: 1 } as const;
    const kit = await boot([supervisor('sup', ['a', child('t', { child: 'temporary' }), 'b'], { restart })]);
    await crashAndMend(kit, 'sup/a');
    expect(states(kit)).toEqual({ sup: 'running 1', 'sup/a': 'running 2', 'sup/b': 'running 2' });
    expect(kit.seen('actor.restarting')).toEqual(['sup/a']);
    expect(kit.seen('supervisor.gaveUp')).toEqual([]);
  });

  it('a sibling that crashes while its group is being taken down is not charged and comes back with the group', async () => {
    const hold = gate();
    const restart = { ...freely, strategy: 'one-for-all', maxRestarts: 1 } as const;
    const kit = await boot([
      supervisor('sup', ['a', 'b', child('c', { hooks: { stop: () => hold.opened } })], { restart }),
    ]);
    await crash(kit, 'sup/a');
    await crash(kit, 'sup/b');
    expect(states(kit)).toMatchObject({ 'sup/a': 'suspended 1', 'sup/b': 'suspended 1', 'sup/c': 'suspended 1' });
    hold.open();
    await kit.advance(delay_ms);
    expect(states(kit)).toEqual({ sup: 'running 1', 'sup/a': 'running 2', 'sup/b': 'running 2', 'sup/c': 'running 2' });
  });

  it('rest-for-one: a failure further down takes over the group of an earlier one and forgets nobody', async () => {
    const hold = gate();
    const living = new Living();
    const stop = () => hold.opened;
    const children = ['a', 'b', 'c'].map((id) =>
      child(id, { logic: living.logic(id), ...(id === 'c' ? { hooks: { stop } } : {}) }),
    );
    const kit = await boot([supervisor('sup', [child('zero'), ...children], as('rest-for-one'))]);
    await crash(kit, 'sup/a');
    await crash(kit, 'sup/b');
    await crash(kit, 'sup/zero');
    await kit.advance(delay_ms);
    expect(living.now.get('c')).toBe(1);
    hold.open();
    await kit.advance(delay_ms);
    expect(states(kit)).toEqual({
      sup: 'running 1',
      'sup/zero': 'running 2',
      'sup/a': 'running 2',
      'sup/b': 'running 2',
      'sup/c': 'running 2',
    });
    expect([...living.most.values()]).toEqual([1, 1, 1]);
  });

  it('stopping the child whose failure began a group restart does not leave the others down', async () => {
    const kit = await boot([supervisor('sup', ['a', 'b', 'c'], as('one-for-all'))]);
    await crash(kit, 'sup/b');
    await kit.kernel.supervision('sup').terminateChild('b');
    await kit.advance(delay_ms);
    expect(states(kit)).toEqual({ sup: 'running 1', 'sup/a': 'running 2', 'sup/c': 'running 2' });
  });

  it('stopping a member while it is being started lets the rest of the group start', async () => {
    const hold = gate();
    let starts = 0;
    const start = () => ((starts += 1) === 2 ? hold.opened : undefined);
    const kit = await boot([supervisor('sup', ['a', child('b', { hooks: { start } }), 'c'], as('one-for-all'))]);
    await crashAndMend(kit, 'sup/a');
    expect(states(kit)).toMatchObject({ 'sup/a': 'running 2', 'sup/b': 'starting 2', 'sup/c': 'suspended 1' });
    await kit.kernel.supervision('sup').terminateChild('b');
    await kit.settle();
    expect(states(kit)).toEqual({ sup: 'running 1', 'sup/a': 'running 2', 'sup/c': 'running 2' });
    expect(kit.kernel.timers.pending).toBe(0);
  });

  it('a child that crashes under a parent that is going down comes back with it, once', async () => {
    const hold = gate();
    const living = new Living();
    const inner = [child('a', { logic: living.logic('a') }), child('b', { hooks: { stop: () => hold.opened } })];
    const kit = await boot([supervisor('top', [supervisor('sup', inner)])]);
    await crash(kit, 'top/sup');
    await crash(kit, 'top/sup/a');
    await kit.advance(5 * delay_ms);
    expect(info(kit, 'top/sup/a')).toMatchObject({ state: 'suspended', incarnation: 1 });
    hold.open();
    await kit.advance(delay_ms);
    expect(states(kit)).toEqual({
      top: 'running 1',
      'top/sup': 'running 2',
      'top/sup/a': 'running 2',
      'top/sup/b': 'running 2',
    });
    expect(living.most.get('a')).toBe(1);
  });

  it('a child that waits out its backoff when its parent fails comes back with the parent, once', async () => {
    const living = new Living();
    const kit = await boot([supervisor('top', [supervisor('sup', [child('a', { logic: living.logic('a') }), 'b'])])]);
    await crash(kit, 'top/sup/a');
    await kit.advance(delay_ms / 2);
    await crash(kit, 'top/sup');
    await kit.advance(delay_ms / 2);
    expect(states(kit)).toMatchObject({
      'top/sup': 'suspended 1',
      'top/sup/a': 'suspended 1',
      'top/sup/b': 'suspended 1',
    });
    await kit.advance(delay_ms);
    expect(states(kit)).toMatchObject({ 'top/sup': 'running 2', 'top/sup/a': 'running 2', 'top/sup/b': 'running 2' });
    expect([living.now.get('a'), living.most.get('a')]).toEqual([1, 1]);
  });

  it('an older restart of a group ends where a newer one begins: one start each, no timer left', async () => {
    const hold = gate();
    const kit = await boot([
      supervisor('sup', ['zero', 'a', child('b', { hooks: { stop: () => hold.opened } })], as('rest-for-one')),
    ]);
    await crash(kit, 'sup/a');
    await crash(kit, 'sup/zero');
    hold.open();
    await kit.settle();
    expect(kit.kernel.timers.pending).toBe(1);
    await kit.advance(10 * delay_ms);
    expect(states(kit)).toEqual({
      sup: 'running 1',
      'sup/zero': 'running 2',
      'sup/a': 'running 2',
      'sup/b': 'running 2',
    });
    expect(kit.kernel.timers.pending).toBe(0);
  });

  it('a member that is killed while it goes down does not hold up its group', async () => {
    const slow = child('slow', { hooks: { stop: () => never }, shutdown: '1h' });
    const middle = supervisor('b', [slow], { shutdown: 'kill' });
    const kit = await boot([supervisor('sup', ['a', middle, 'c'], as('one-for-all'))]);
    await crash(kit, 'sup/c');
    expect(states(kit)).toMatchObject({ 'sup/a': 'running 1', 'sup/b': 'suspended 1' });
    await kit.kernel.lookup('sup/b')?.stop();
    await kit.advance(delay_ms);
    expect(states(kit)).toEqual({ sup: 'running 1', 'sup/a': 'running 2', 'sup/c': 'running 2' });
    expect(kit.kernel.timers.pending).toBe(0);
  });

  it('a child whose failed start is still being cleared away when it is killed does not hold up its parent', async () => {
    const { kernel, settle, ...rest } = kernelKit();
    const kit = { kernel, settle, ...rest };
    const slow = child('slow', { hooks: { stop: () => never }, shutdown: '1h' });
    const bad = child('bad', {
      hooks: {
        start: () => {
          throw new Boom();
        },
      },
    });
    const started = kernel.start(
      [supervisor('sup', [supervisor('b', [slow, bad], { shutdown: 'kill' }), 'c'])],
      () => {},
    );
    await settle();
    expect(states(kit)).toMatchObject({ sup: 'starting 1', 'sup/b': 'suspended 1' });
    await kernel.lookup('sup/b')?.stop();
    await settle();
    await started;
    expect(states(kit)).toEqual({ sup: 'running 1', 'sup/c': 'running 1' });
  });

  it('ten thousand siblings go down and come back in one group', async () => {
    const ids = Array.from({ length: 10_000 }, (_, index) => `c${index}`);
    const kit = await boot([supervisor('sup', ids, as('one-for-all'))]);
    await crashAndMend(kit, 'sup/c5000');
    expect(
      [...kit.kernel.actors()].filter(({ incarnation, state }) => incarnation === 2 && state === 'running').length,
    ).toBe(10_000);
  });
});
