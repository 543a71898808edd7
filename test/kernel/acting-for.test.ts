// On whose behalf an actor delegates when it names no task: of what it has read, the only one. A task that waits unread
// in its mailbox is nothing it could act for; one that it has read stays its own, even put aside, so no chain is lost.

import { describe, expect, test } from 'vitest';
import { effect } from '../../src/kernel/effects.ts';
import { GatedStore } from './gated-store.ts';
import { kernelKit } from './kernel-kit.ts';
import { type Emit, type Message, ofType, player } from './players.ts';
import { machine, type Process } from './restart-kit.ts';
import { refusals, relay, submit, worker } from './tasks.ts';

/** Lends when it is told to, and keeps what it hears. */
const fork = (other: string, heard: Message[]) =>
  player((message, emit) => {
    heard.push(message);
    if (message.type === 'start') emit(effect.delegate(other, { type: 'lend' }));
  });

/** Whom the tasks `t` and `u` of the desk are for, when it delegates. */
const parents = ({ kernel }: Pick<Process, 'kernel'>): readonly (string | undefined)[] =>
  kernel.delegations
    .issuedBy('desk' as never)
    .map((id) => kernel.delegations.assignedTo('other' as never, id)?.parent?.id);

/** Does what it is told: `stash` puts its task aside, `go` delegates. */
const desk = player((message, emit: Emit) => {
  if (message.type === 'task.assigned' && (message.task as { type: string }).type === 'aside') emit(effect.stash());
  if (message.type === 'back and go') emit(effect.unstash());
  if (message.type.endsWith('go')) emit(effect.delegate('other', { type: 'help' }));
});

function give({ kernel }: Pick<Process, 'kernel'>, id: string, type = 'job'): void {
  kernel.delegate({ to: 'desk', task: { id, type }, within: undefined });
}

describe('a task that waits unread', () => {
  test('is not acted for: two who lend to each other on their own account are no circle', async () => {
    const kit = kernelKit();
    const heard: Message[] = [];
    kit.kernel.spawn(fork('right', heard), { id: 'left' }).tell({ type: 'start' });
    kit.kernel.spawn(fork('left', heard), { id: 'right' }).tell({ type: 'start' });
    await kit.settle();
    expect(refusals(kit)).toEqual([]);
    expect(ofType(heard, 'task.assigned')).toHaveLength(2);
  });

  test('does not take along what its actor had delegated on its own account', async () => {
    const kit = kernelKit();
    kit.kernel.spawn(player(), { id: 'other' });
    kit.kernel.spawn(desk, { id: 'desk' }).tell({ type: 'go' });
    give(kit, 't');
    await kit.settle();
    const waiting = kit.kernel.delegations.assignedTo('desk' as never, 't');
    if (waiting !== undefined) kit.kernel.delegations.cancel(waiting, 'not needed');
    expect(kit.kernel.delegations.issuedBy('desk' as never)).toHaveLength(1);
  });

  test('leaves no doubt about the one in hand', async () => {
    const kit = kernelKit();
    kit.kernel.spawn(player(), { id: 'other' });
    kit.kernel.spawn(desk, { id: 'desk' });
    give(kit, 't');
    await kit.settle();
    kit.kernel.lookup('desk')?.tell({ type: 'go' });
    give(kit, 'u');
    await kit.settle();
    expect(refusals(kit)).toEqual([]);
    expect(parents(kit)).toEqual(['t']);
  });

  test('is one that was read in a turn that could not be kept', async () => {
    const store = new GatedStore();
    const process = machine(() => store).boot();
    process.kernel.spawn(player(), { id: 'other' });
    const isRead: string[] = [];
    process.kernel.spawn(
      player((message) => {
        if (message.type === 'task.assigned') isRead.push('t');
      }),
      { id: 'desk', durable: true },
    );
    await process.settle();
    store.isOpen = false;
    give(process, 't');
    await process.settle();
    expect(isRead).toEqual(['t']);
    store.isOpen = true;
    store.let(new Error('disk full'));
    await process.settle();
    const delegate = (id: string) =>
      process.kernel.delegate({ from: 'desk', to: 'other', task: { id, type: 'help' }, within: undefined });
    expect(delegate('before').parent).toBeUndefined();
    await process.advance(100);
    expect(isRead).toEqual(['t', 't']);
    expect(delegate('after').parent?.id).toBe('t');
  });
});

describe('a task that was read', () => {
  test.each(['go', 'back and go'])('is acted for although it was put aside: %s', async (type) => {
    const kit = kernelKit();
    kit.kernel.spawn(player(), { id: 'other' });
    kit.kernel.spawn(desk, { id: 'desk' });
    give(kit, 't', 'aside');
    await kit.settle();
    kit.kernel.lookup('desk')?.tell({ type });
    await kit.settle();
    expect(parents(kit)).toEqual(['t']);
  });

  test('is acted for in the next process, in which it goes on', async () => {
    const disk = machine();
    const first = disk.boot();
    first.kernel.spawn(desk, { id: 'desk', durable: true });
    give(first, 't');
    await first.settle();
    const second = disk.boot();
    second.kernel.spawn(player(), { id: 'other' });
    second.kernel.spawn(desk, { id: 'desk', durable: true });
    await second.settle();
    second.kernel.lookup('desk')?.tell({ type: 'go' });
    await second.settle();
    expect(parents(second)).toEqual(['t']);
    give(second, 't');
    second.kernel.lookup('desk')?.tell({ type: 'go' });
    await second.settle();
    expect(parents(second)).toEqual(['t', 't']);
  });

  test('makes a circle a circle still', async () => {
    const kit = kernelKit();
    kit.kernel.spawn(relay('desk'), { id: 'other' });
    kit.kernel.spawn(desk, { id: 'desk' });
    kit.kernel.spawn(worker('w'), { id: 'w' });
    submit(kit, 'other');
    await kit.settle();
    kit.kernel.lookup('desk')?.tell({ type: 'go' });
    await kit.settle();
    expect(refusals(kit)).toEqual([{ from: 'desk', to: 'other', code: 'DELEGATION_CYCLE' }]);
  });
});
