// What counts as in hand, whatever happens between a task's assignment and its end: read and committed, not answered
// in the state that is kept. Only then is a task not given again.

import { fromTransition } from 'xstate';
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/kernel/delegation.ts';
import { effect } from '../../src/kernel/effects.ts';
import type { ActorRecord } from '../../src/kernel/recovery/durable-record.ts';
import type { Store } from '../../src/store/port.ts';
import { GatedStore } from './gated-store.ts';
import { type Emit, type Message, ofType, player } from './players.ts';
import { begin, machine, type Process } from './restart-kit.ts';

const durable = { id: 'desk', durable: true } as const;
const full = new Error('disk full');

/** What it is told, it does. */
const obeying = (heard: Message[]) =>
  player(({ type, ...rest }: Message, emit: Emit) => {
    heard.push({ type, ...rest });
    if (type === 'crash') throw new Error('boom');
    if (type === 'finish') emit(effect.complete('t', 'done'));
    if (type === 'unstash') emit(effect.unstash());
  });

function spawn({ kernel }: Process, options: Parameters<Process['kernel']['spawn']>[1] = durable): Message[] {
  const heard: Message[] = [];
  kernel.spawn(obeying(heard), options);
  return heard;
}

function give({ kernel }: Process): Outcome[] {
  const outcomes: Outcome[] = [];
  const onSettled = (outcome: Outcome): number => outcomes.push(outcome);
  kernel.delegate({ to: 'desk', task: { id: 't', type: 'job' }, within: undefined, onSettled });
  return outcomes;
}

const tell = ({ kernel }: Process, ...types: readonly string[]): void => {
  for (const type of types) kernel.lookup('desk')?.tell({ type });
};

/** What would be kept now, and what is. */
const inHand = ({ kernel }: Process): readonly string[] =>
  kernel.delegations.inHand('desk' as never).map(({ id }) => id);
const kept = (store: Pick<Store, 'get'>): readonly string[] =>
  ((store.get('actor/desk')?.value as ActorRecord | undefined)?.inHand ?? []).map(({ id }) => id);

/** The types of what the desk hears when the task is given to it in the next process. */
async function nextLife(store: Store): Promise<readonly string[]> {
  const process = machine(() => store).boot();
  const heard = spawn(process);
  await process.settle();
  give(process);
  tell(process, 'unstash');
  await process.settle();
  return heard.map(({ type }) => type);
}

describe('a task that is given again, once', () => {
  test('was unread in the mailbox of somebody who was down', async () => {
    const disk = machine();
    const first = disk.boot();
    first.kernel.spawn(
      player(({ type }) => {
        throw new Error(type);
      }),
      durable,
    );
    tell(first, 'trip');
    await first.settle();
    give(first);
    await first.settle();
    expect([...first.kernel.actors()]).toMatchObject([{ state: 'suspended', waiting: 2 }]);
    expect(kept(disk.store)).toEqual([]);
    expect(await nextLife(disk.store)).toEqual(['trip', 'task.assigned', 'unstash']);
  });

  test('had been put aside', async () => {
    const disk = machine();
    const first = disk.boot();
    first.kernel.spawn(
      player((_message, emit) => {
        emit(effect.stash());
      }),
      durable,
    );
    give(first);
    tell(first, 'later');
    await first.settle();
    expect(kept(disk.store)).toEqual([]);
    expect(await nextLife(disk.store)).toEqual(['task.assigned', 'unstash', 'later']);
  });

  test('had been answered in the state that was kept', async () => {
    const store = new GatedStore();
    const first = machine(() => store).boot();
    spawn(first);
    const outcomes = give(first);
    await first.settle();
    store.isOpen = false;
    tell(first, 'finish');
    await first.settle();
    expect([kept(store), inHand(first), outcomes]).toEqual([['t'], [], []]);
    store.let();
    expect(kept(store)).toEqual(['t']);
    await first.settle();
    expect([kept(store), outcomes]).toEqual([[], [{ ok: true, output: 'done' }]]);
    expect(await nextLife(store.inner)).toEqual(['task.assigned', 'unstash']);
  });

  test('had been answered with a reply', async () => {
    const store = new GatedStore();
    const first = machine(() => store).boot();
    first.kernel.spawn(
      player((_message, emit) => {
        emit(effect.reply({ type: 'task.done', output: 1 }));
      }),
      durable,
    );
    await first.settle();
    store.isOpen = false;
    const outcomes = give(first);
    await first.settle();
    expect([inHand(first), outcomes]).toEqual([[], []]);
    store.open();
    await first.settle();
    expect([kept(store), outcomes]).toEqual([[], [{ ok: true, output: 1 }]]);
  });

  test('was in the hands of an actor that begins afresh', async () => {
    const disk = machine();
    const options = { ...durable, recover: 'initial' } as const;
    const first = disk.boot();
    spawn(first, options);
    give(first);
    await first.settle();
    const second = disk.boot();
    const heard = spawn(second, options);
    await second.settle();
    give(second);
    await second.settle();
    expect(ofType(heard, 'task.assigned')).toHaveLength(1);
  });

  test('had been cancelled, which its actor had not read', async () => {
    const disk = machine();
    const first = disk.boot();
    spawn(first);
    give(first);
    await first.settle();
    const delegation = first.kernel.delegations.assignedTo('desk' as never, 't');
    if (delegation !== undefined) first.kernel.delegations.cancel(delegation, 'the process stops');
    const stopped = first.kernel.stop();
    await first.advance(1_000);
    await stopped;
    expect(kept(disk.store)).toEqual(['t']);
    const second = disk.boot();
    const heard = spawn(second);
    await second.settle();
    expect(second.kernel.delegations.dormancy.size).toBe(0);
    give(second);
    await second.settle();
    expect(heard.map(({ type }) => type)).toEqual(['task.cancelled', 'task.assigned']);
  });
});

describe('a task that goes on', () => {
  test('was answered in a state that was not kept', async () => {
    const store = new GatedStore();
    const first = machine(() => store).boot();
    spawn(first);
    give(first);
    await first.settle();
    store.isOpen = false;
    tell(first, 'finish');
    await first.settle();
    expect(store.waiting).toBe(1);
    const second = machine(() => store.inner).boot();
    const heard = spawn(second);
    await second.settle();
    const outcomes = give(second);
    tell(second, 'finish');
    await second.settle();
    expect(outcomes).toEqual([{ ok: true, output: 'done' }]);
    expect(ofType(heard, 'task.assigned')).toEqual([]);
  });

  test('keeps its actor in memory, in this process and in the next', async () => {
    const disk = machine();
    const options = { ...durable, passivateAfter: '1s' } as const;
    const logics = { obeying: obeying([]) };
    const first = disk.boot({ logics });
    await begin(first);
    first.kernel.spawn('obeying', options);
    give(first);
    await first.advance(10_000);
    expect(first.kernel.size).toBe(1);
    const second = disk.boot({ logics });
    await begin(second);
    expect(second.kernel.size).toBe(1);
    await second.advance(10_000);
    const outcomes = give(second);
    await second.advance(10_000);
    expect(second.kernel.size).toBe(1);
    tell(second, 'finish');
    await second.advance(10_000);
    expect(outcomes).toEqual([{ ok: true, output: 'done' }]);
    expect(second.kernel.size).toBe(0);
  });
});

describe('within one process', () => {
  test('a task whose reading is undone is not in hand, and is again once it has been read again', async () => {
    const store = new GatedStore();
    const process = machine(() => store).boot();
    const heard = spawn(process);
    await process.settle();
    store.isOpen = false;
    give(process);
    await process.settle();
    expect(inHand(process)).toEqual(['t']);
    store.isOpen = true;
    store.let(full);
    await process.settle();
    expect(inHand(process)).toEqual([]);
    await process.advance(100);
    expect(inHand(process)).toEqual(['t']);
    expect(kept(store)).toEqual(['t']);
    expect(ofType(heard, 'task.assigned')).toHaveLength(2);
  });

  test('nor is one that nothing was ever kept of: the first turn of its actor is undone, or can not be kept', async () => {
    const store = new GatedStore();
    store.isOpen = false;
    const process = machine(() => store).boot();
    spawn(process);
    give(process);
    await process.settle();
    store.isOpen = true;
    store.let(full);
    await process.settle();
    expect(inHand(process)).toEqual([]);
    const other = machine().boot();
    const begun: (readonly string[])[] = [];
    other.kernel.spawn(
      fromTransition(
        (state: unknown, { type }: Message) => (type === 'task.assigned' ? () => {} : state),
        () => begun.push(inHand(other)),
      ),
      durable,
    );
    give(other);
    await other.advance(10_000);
    expect(begun).toEqual([[], [], [], []]);
  });

  test('a task whose answer is undone is in hand again', async () => {
    const store = new GatedStore();
    const process = machine(() => store).boot();
    spawn(process);
    give(process);
    await process.settle();
    store.isOpen = false;
    tell(process, 'finish');
    await process.settle();
    expect(inHand(process)).toEqual([]);
    store.isOpen = true;
    store.let(full);
    await process.settle();
    expect(inHand(process)).toEqual(['t']);
  });

  test('a task that its actor crashed on is not in hand until it has been read well', async () => {
    const disk = machine();
    const process = disk.boot();
    let crashes = 1;
    process.kernel.spawn(
      player(({ type }) => {
        if (type === 'task.assigned' && crashes-- > 0) throw new Error('boom');
      }),
      durable,
    );
    give(process);
    await process.settle();
    expect(inHand(process)).toEqual([]);
    await process.advance(10_000);
    expect(inHand(process)).toEqual(['t']);
  });

  test('a crash fails what is in hand, also what an earlier process had given', async () => {
    const disk = machine();
    const first = disk.boot();
    spawn(first);
    give(first);
    await first.settle();
    const second = disk.boot();
    const heard = spawn(second);
    tell(second, 'crash');
    await second.advance(10_000);
    const outcomes = give(second);
    await second.settle();
    expect(outcomes).toMatchObject([{ ok: false, error: { code: 'TASK_FAILED', cause: { message: 'boom' } } }]);
    expect(ofType(heard, 'task.assigned')).toEqual([]);
  });
});

describe('while it is not known which runs go on', () => {
  test('what is delegated for tasks in hand waits, and nobody hears of what is cancelled meanwhile', async () => {
    const disk = machine();
    const first = disk.boot();
    spawn(first);
    give(first);
    await first.settle();
    const second = disk.boot();
    second.kernel.delegations.dormancy.withhold();
    second.kernel.spawn(
      player(({ type, id }, emit) => {
        if (type === 'go') emit(effect.delegate('worker', { id: id as string, type: 'work' }));
        if (type === 'cancel') emit(effect.cancelDelegation(id as string, 'no need'));
      }),
      durable,
    );
    const work: Message[] = [];
    second.kernel.spawn(obeying(work), { id: 'worker' });
    const desk = second.kernel.lookup('desk');
    for (const id of ['a', 'b']) desk?.tell({ type: 'go', id });
    desk?.tell({ type: 'cancel', id: 'a' });
    await second.settle();
    expect(ofType(work, 'task.assigned')).toEqual([]);
    second.kernel.delegations.dormancy.release();
    await second.settle();
    expect(ofType(work, 'task.assigned')).toMatchObject([{ id: 'b' }]);
    desk?.tell({ type: 'go', id: 'c' });
    await second.settle();
    expect(ofType(work, 'task.assigned')).toMatchObject([{ id: 'b' }, { id: 'c' }]);
  });
});
