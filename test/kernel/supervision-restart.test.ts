// What a new incarnation begins with, what it inherits, and what it must not hear of the old one.
import { assign, createMachine, emit, fromCallback, setup } from 'xstate';
import { describe, expect, it } from 'vitest';
import { effect } from '../../src/kernel/effects.ts';
import { memoryStore } from '../../src/store/memory.ts';
import {
  Boom,
  boot,
  child,
  countOf,
  crash,
  crashAndMend,
  delay_ms,
  freely,
  info,
  Living,
  states,
  supervisor,
  tell,
} from './supervision-kit.ts';

describe('state', () => {
  it('S36 restart state is the initial one, never half-updated', async () => {
    const kit = await boot([supervisor('sup', ['a'])]);
    for (let count = 0; count < 3; count++) await tell(kit, 'sup/a', { type: 'add' });
    await crash(kit, 'sup/a', { type: 'crash', after: 'add' });
    await kit.advance(delay_ms);
    expect(await countOf(kit, 'sup/a')).toBe(0);
  });

  it('S36 restart state of a durable actor is the last committed snapshot, never half-updated', async () => {
    const store = memoryStore({ wall: () => 0 });
    const kit = await boot([supervisor('sup', [child('a', { durable: true })])], { store });
    for (let count = 0; count < 3; count++) await tell(kit, 'sup/a', { type: 'add' });
    await crash(kit, 'sup/a', { type: 'crash', after: 'add' });
    await kit.advance(delay_ms);
    expect(states(kit)['sup/a']).toBe('running 2');
    expect(await countOf(kit, 'sup/a')).toBe(3);
  });

  it('S36 a bystander of one-for-all goes back to its last committed snapshot, too', async () => {
    const store = memoryStore({ wall: () => 0 });
    const restart = { ...freely, strategy: 'one-for-all' } as const;
    const kit = await boot([supervisor('sup', ['a', child('b', { durable: true }), child('c')], { restart })], {
      store,
    });
    for (const id of ['b', 'b', 'c']) await tell(kit, `sup/${id}`, { type: 'add' });
    await crashAndMend(kit, 'sup/a');
    expect([await countOf(kit, 'sup/b'), await countOf(kit, 'sup/c')]).toEqual([2, 0]);
  });
});

describe('mailbox', () => {
  /** Writes down what it handles; crashes on poison. */
  const scribe = (log: string[]) =>
    setup({
      types: { events: {} as { type: 'note'; text: string } | { type: 'poison' } },
      actions: {
        note: ({ event }) => log.push(event.type === 'note' ? event.text : 'poison'),
        crash: () => {
          throw new Boom();
        },
      },
    }).createMachine({ on: { note: { actions: 'note' }, poison: { actions: ['note', 'crash'] } } });

  it('S43 messages unread at a crash survive the restart in order; the poison message is tried 3 times, then dead-lettered', async () => {
    const log: string[] = [];
    const kit = await boot([supervisor('sup', [child('a', { logic: scribe(log) })])]);
    const ref = kit.kernel.lookup('sup/a');
    for (const text of ['1', '2']) ref?.tell({ type: 'note', text });
    ref?.tell({ type: 'poison' });
    for (const text of ['3', '4', '5']) ref?.tell({ type: 'note', text });
    await kit.settle();
    expect(log).toEqual(['1', '2', 'poison']);
    expect(info(kit, 'sup/a')).toMatchObject({ state: 'suspended', waiting: 4 });
    ref?.tell({ type: 'note', text: '6' });
    await kit.advance(10 * delay_ms);
    expect(log).toEqual(['1', '2', 'poison', 'poison', 'poison', '3', '4', '5', '6']);
    expect(states(kit)['sup/a']).toBe('running 4');
    expect(kit.kernel.deadLetters.count).toBe(1);
    expect(kit.kernel.deadLetters.list()).toMatchObject([
      { to: 'sup/a', event: { type: 'poison' }, reason: 'crashed its actor too often', error: { message: 'boom' } },
    ]);
  });

  it('S43 the mailbox of a bystander survives as well', async () => {
    const log: string[] = [];
    const restart = { ...freely, strategy: 'one-for-all' } as const;
    const kit = await boot([supervisor('sup', ['a', child('b', { logic: scribe(log) })], { restart })]);
    await crash(kit, 'sup/a');
    for (const text of ['1', '2', '3']) kit.kernel.lookup('sup/b')?.tell({ type: 'note', text });
    await kit.settle();
    expect(log).toEqual([]);
    await kit.advance(delay_ms);
    expect(log).toEqual(['1', '2', '3']);
    expect(kit.kernel.deadLetters.count).toBe(0);
  });

  it('a message that ends its actor and leaves a question open answers it at once', async () => {
    const kit = await boot([supervisor('sup', ['a', 'b'])]);
    const asked = [
      kit.kernel.lookup('sup/a')?.ask({ type: 'quit' }),
      kit.kernel.lookup('sup/b')?.ask({ type: 'finish' }),
    ];
    const refused = Promise.all(asked.map((each) => expect(each).rejects.toMatchObject({ code: 'DEAD_LETTER' })));
    await kit.settle();
    await refused;
    expect(kit.kernel.pendingAsks).toBe(0);
  });
});

describe('tasks', () => {
  it('what a bystander had begun fails when its group is restarted; what it had not read it does afterwards', async () => {
    const seen: string[] = [];
    const logic = setup({
      types: { events: {} as { type: 'task.assigned'; id: string } },
      actions: { note: ({ event }) => seen.push(event.id) },
    }).createMachine({ on: { 'task.assigned': { actions: 'note' } } });
    const restart = { ...freely, strategy: 'one-for-all' } as const;
    const kit = await boot([supervisor('sup', ['a', child('b', { logic })], { restart })]);
    const outcomes: unknown[] = [];
    const delegate = (id: string) =>
      kit.kernel.delegate({
        to: 'sup/b',
        task: { id, type: 'work' },
        within: undefined,
        onSettled: (outcome) => outcomes.push(outcome),
      });
    delegate('begun');
    await kit.settle();
    await crash(kit, 'sup/a');
    expect(outcomes).toMatchObject([
      { ok: false, error: { code: 'TASK_FAILED', cause: { code: 'ACTOR_RESTARTING' } } },
    ]);
    delegate('waiting');
    await kit.advance(delay_ms);
    expect(seen).toEqual(['begun', 'waiting']);
    expect(outcomes.length).toBe(1);
  });
});

describe('what belongs to an incarnation', () => {
  /** Its first incarnation schedules these events for one instant, 50 ms ahead; `bad` and `crash` crash it. */
  function ticking(log: string[], ticks: readonly string[]) {
    let incarnation = 0;
    return fromCallback<{ type: string }>(({ emit: out, receive }) => {
      incarnation += 1;
      const self = incarnation;
      if (self === 1) for (const type of ticks) out(effect.schedule(type, { type }, 50));
      receive(({ type }) => {
        log.push(`${self} ${type}`);
        if (type === 'bad' || type === 'crash') throw new Boom();
      });
    });
  }

  it('S45 a tick of the old incarnation is discarded after a restart', async () => {
    const log: string[] = [];
    const kit = await boot([supervisor('sup', [child('a', { logic: ticking(log, ['tick']) })])]);
    expect(kit.kernel.timers.pending).toBe(1);
    await crash(kit, 'sup/a');
    expect(kit.kernel.timers.pending).toBe(1); // that of the restart
    await kit.advance(1_000);
    expect(log).toEqual(['1 crash']);
    expect(states(kit)['sup/a']).toBe('running 2');
    expect(kit.kernel.timers.pending).toBe(0);
  });

  it('S45 a tick that was already in the mailbox is discarded, too, and one that crashed its actor is not tried again', async () => {
    const log: string[] = [];
    const kit = await boot([supervisor('sup', [child('a', { logic: ticking(log, ['bad', 'late']) })])]);
    await kit.advance(1_000);
    expect(log).toEqual(['1 bad']);
    expect(states(kit)['sup/a']).toBe('running 2');
    expect([kit.kernel.timers.pending, kit.kernel.deadLetters.count]).toEqual([0, 0]);
  });

  it('S45 1,000 restarts leave no timer, no message, no second instance, no orphan', async () => {
    const living = new Living();
    const logic = setup({
      types: { context: {} as { restarts: number }, events: {} as { type: 'crash' | 'tick' } },
      actors: { helper: living.logic('helper') as ReturnType<typeof fromCallback> },
      actions: {
        crash: () => {
          throw new Boom();
        },
        schedule: emit(() => effect.schedule('tick', { type: 'tick' }, 7_200_000)),
      },
    }).createMachine({
      context: { restarts: 0 },
      initial: 'up',
      states: {
        up: {
          entry: 'schedule',
          invoke: { src: 'helper' },
          after: { 3_600_000: { actions: assign({ restarts: 1 }) } },
          on: { crash: { actions: 'crash' } },
        },
      },
    });
    const kit = await boot([supervisor('sup', [child('a', { logic }), child('b', { logic: living.logic('b') })])], {
      onEvent: () => {},
    });
    const before = [kit.kernel.timers.pending, kit.clock.pendingTimers];
    for (let restart = 0; restart < 1_000; restart++) {
      await crashAndMend(kit, 'sup/a');
      await crashAndMend(kit, 'sup/b');
    }
    expect(states(kit)).toEqual({ sup: 'running 1', 'sup/a': 'running 1001', 'sup/b': 'running 1001' });
    expect([kit.kernel.timers.pending, kit.clock.pendingTimers]).toEqual(before);
    expect([info(kit, 'sup/a')?.waiting, kit.kernel.pendingAsks]).toEqual([0, 0]);
    expect([...living.now, ...living.most]).toEqual([
      ['helper', 1],
      ['b', 1],
      ['helper', 1],
      ['b', 1],
    ]);
  });

  it('what the supervisor machine of the old incarnation spawned or invoked ends with a crash', async () => {
    const living = new Living();
    const logic = createMachine({
      invoke: { src: living.logic('invoked') as ReturnType<typeof fromCallback> },
      on: {
        crash: {
          actions: () => {
            throw new Boom();
          },
        },
      },
    });
    const kit = await boot([supervisor('sup', [child('a', { logic, child: 'temporary' })])]);
    expect(living.now.get('invoked')).toBe(1);
    await crash(kit, 'sup/a');
    expect(living.now.get('invoked')).toBe(0);
  });
});
