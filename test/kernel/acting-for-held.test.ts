// On whose behalf a durable actor delegates is settled in the turn in which it does, however long its commit takes: what
// it reads meanwhile changes nothing, and what happens to that task meanwhile happens to the delegation. So every case
// here comes out as for an actor that is not durable, whose delegations wait for nothing.

import { describe, expect, test } from 'vitest';
import type { Delegation } from '../../src/kernel/delegation.ts';
import { effect } from '../../src/kernel/effects.ts';
import { durableKit } from './gated-store.ts';
import { type Emit, listener, type Message, ofType, player } from './players.ts';
import { freely, supervisor } from './supervision-kit.ts';

/** Does what a message says: `go` delegates, `go for A` says for which task, `finish A` completes one. */
function act({ type, task }: Message, emit: Emit): void {
  const orders = type === 'task.assigned' ? (task as { type: string }).type : type;
  for (const order of orders.split(', ')) {
    const [verb, id] = order.split(/ for | /);
    if (verb === 'go')
      emit(effect.delegate('other', { id: 'help', type: 'help' }, id === undefined ? {} : { for: id }));
    if (verb === 'finish') emit(effect.complete(id as string, 'done'));
  }
}

/** A desk that does what it is told, and whoever else takes part. */
async function office(durable: boolean) {
  const kit = durableKit({ restart: freely });
  const { kernel, settle, advance } = kit;
  const heard: Message[] = [];
  const below: Message[] = [];
  const logic = player((message, emit) => {
    heard.push(message);
    act(message, emit);
  });
  const twin = player(({ type }) => {
    if (type === 'crash') throw new Error('boom');
  });
  const team = [
    { id: 'desk', logic, durable },
    { id: 'twin', logic: twin },
  ];
  const started = kernel.start(
    [supervisor('team', team, { restart: { ...freely, strategy: 'one-for-all' } })],
    () => {},
  );
  await settle();
  await started;
  for (const id of ['boss-A', 'boss-B']) kernel.spawn(player(), { id });
  kernel.spawn(
    player((message) => {
      below.push(message);
    }),
    { id: 'other' },
  );
  const given = new Map<string, Delegation>();
  const give = (id: string, type: string): void => {
    const task = {
      from: `boss-${id}`,
      to: 'team/desk',
      task: { id, type },
      correlation: `run-${id}`,
      within: undefined,
    };
    given.set(id, kernel.delegate({ ...task, timeoutMs: id === 'A' ? 50_000 : 40_000 }));
  };
  /** One step: `give A` or `give A: orders`, `cancel A`, `crash`, `pass 10`, `tell orders`. */
  const step = async (what: string): Promise<void> => {
    const [, verb, first = '', orders] = /^(\w+) ?([^:]*)(?:: (.*))?$/.exec(what) ?? [];
    if (verb === 'give') give(first, orders ?? 'wait');
    else if (verb === 'cancel') kernel.delegations.cancel(given.get(first) as Delegation, 'not needed');
    else if (verb === 'crash') kernel.lookup('team/twin')?.tell({ type: 'crash' });
    else if (verb === 'pass') await advance(Number(first));
    else kernel.lookup('team/desk')?.tell({ type: first });
    await settle();
  };
  return { ...kit, heard, below, step };
}

type Office = Awaited<ReturnType<typeof office>>;

/** What has become of the delegation, and what its delegator has heard of it. */
function outcomeOf({ kernel, heard, clock }: Office): object {
  const help = kernel.delegations.assignedTo('other' as never, 'help');
  const failures = ofType(heard, 'delegation.failed').map(({ id, error }) => {
    const { code, details } = error as { code: string; details: { task?: string; reason?: string } };
    return [id, code, ...(details.reason === undefined ? [] : [details.task, details.reason])].join(' ');
  });
  if (help === undefined) return { failures };
  const { parent, chain, correlation, deadlineAt } = help;
  const leftMs = deadlineAt === undefined ? undefined : deadlineAt - clock.now();
  return { for: parent?.id, chain: chain.join(' > '), correlation, leftMs, failures };
}

const under = (id: string, leftMs: number): object => ({
  for: id,
  chain: `boss-${id} > team/desk`,
  correlation: `run-${id}`,
  leftMs,
  failures: [],
});
const alone = { for: undefined, chain: 'team/desk', correlation: 'help', leftMs: undefined, failures: [] };
const refused = (why: string): object => ({ failures: [`help ${why}`] });

/** What is so, what comes first, what comes before the commit lands, and what becomes of the delegation. */
const cases: readonly (readonly [string, readonly string[], readonly string[], object])[] = [
  ['the task in hand, not the one read next', ['give A'], ['tell go', 'give B'], under('A', 50_000)],
  [
    'the task in hand, though it ends and another is read',
    ['give A'],
    ['tell go', 'cancel A', 'give B'],
    refused('TASK_CANCELLED help not needed'),
  ],
  [
    'the task in hand, though its time runs out and another is read',
    ['give A'],
    ['tell go', 'pass 20000', 'give B', 'pass 30000'],
    refused('TASK_CANCELLED help its time is up'),
  ],
  [
    'the task in hand, though it fails with its actor',
    ['give A'],
    ['tell go', 'crash', 'pass 100'],
    refused('TASK_CANCELLED help the task it was part of has ended'),
  ],
  ['nobody, though a task is read next', [], ['tell go', 'give B'], alone],
  [
    'the task that is named, though it ends',
    ['give A', 'give B'],
    ['tell go for A', 'cancel A'],
    refused('TASK_CANCELLED help not needed'),
  ],
  [
    'nobody that may be named, though a task of that name is read next',
    [],
    ['tell go for B', 'give B'],
    refused('DELEGATION_FORGED'),
  ],
  ['one of several, though one of them ends', ['give A', 'give B'], ['tell go', 'cancel B'], refused('INVALID_OPTION')],
  ['the task whose message is handled', ['give B'], ['give A: go', 'cancel B'], under('A', 50_000)],
  [
    'the task whose message is handled, which that very message finishes',
    [],
    ['give A: finish A, go'],
    under('A', 50_000),
  ],
  [
    'the task whose message is handled, which a later one finishes',
    [],
    ['give A: go', 'tell finish A'],
    refused('TASK_CANCELLED help the task it was part of has ended'),
  ],
  ['nobody, once the task in hand is finished', ['give A'], ['tell finish A', 'tell go'], alone],
  ['the other task, once one of two is finished', ['give A', 'give B'], ['tell finish A, go'], under('B', 40_000)],
  [
    'nobody that may be named, once that is finished',
    ['give A'],
    ['tell finish A, go for A'],
    refused('DELEGATION_FORGED'),
  ],
];

describe.each([
  ['at once', false],
  ['after its commit', true],
])('what is delegated %s is for', (_when, durable) => {
  test.each(cases)('%s', async (_name, before, meanwhile, expected) => {
    const at = await office(durable);
    for (const what of before) await at.step(what);
    at.store.isOpen = false;
    for (const what of meanwhile) await at.step(what);
    if (durable) expect([at.below, at.store.waiting]).toEqual([[], 1]);
    at.store.open();
    await at.settle();
    expect(outcomeOf(at)).toEqual(expected);
  });
});

test('a delegation whose commit fails is wanted again, for the task that is in hand then', async () => {
  const at = await office(true);
  await at.step('give A');
  at.store.isOpen = false;
  await at.step('tell go');
  await at.step('give B');
  at.store.isOpen = true;
  at.store.let(new Error('disk full'));
  await at.settle();
  expect([outcomeOf(at), at.below]).toEqual([{ failures: [] }, []]);
  await at.step('pass 100');
  expect(outcomeOf(at)).toEqual(under('A', 49_900));
  expect(ofType(at.below, 'task.assigned')).toHaveLength(1);
});

test("a delegation that throws when it is looked at ends nobody else's turn", async () => {
  const { kernel, store, settle, events } = durableKit();
  const hostile = Object.defineProperty(effect.delegate('other', { type: 'help' }), 'options', {
    get: () => {
      throw new Error('not yours');
    },
  });
  const { logic, types } = listener();
  kernel.spawn(logic, { id: 'other' });
  const ref = kernel.spawn(
    player((_message, emit) => {
      emit(hostile);
      emit(effect.tell('other', { type: 'after' }));
    }),
    { id: 'desk', durable: true },
  );
  store.isOpen = false;
  ref.tell({ type: 'go' });
  await settle();
  store.open();
  await settle();
  expect(types()).toEqual(['after']);
  expect(events.filter(({ type }) => type === 'effect.refused')).toMatchObject([
    { address: 'desk', effect: 'troupe.delegate' },
  ]);
});

test('what an actor that is stopped has wanted delegated is not, though its commit lands', async () => {
  const { kernel, settle, store } = durableKit();
  const other = listener();
  kernel.spawn(other.logic, { id: 'other' });
  const desk = kernel.spawn(player(act), { id: 'desk', durable: true });
  await settle();
  store.isOpen = false;
  desk.tell({ type: 'go' });
  await settle();
  const stopped = desk.stop();
  await settle();
  store.open();
  await Promise.all([stopped, settle()]);
  expect(other.heard).toEqual([]);
  expect(kernel.delegations.pending).toBe(0);
});
