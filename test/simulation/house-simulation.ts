// What is done in the house, and what must hold afterwards. The ledger notes what was asked for and what was answered:
// what was answered is there after any storm, and nothing is there that was not asked for.

import { isTroupeError, type Runtime } from 'troupe';
import { type Chance, type Invariant, simulationOptions } from 'troupe/testing';
import { balance, house } from './house.ts';
import { alarm, counter, door, guest, logics, narrow, parent, porter, ringNode } from './house-actors.ts';
import { errandOperations, errandsSettled, runner, steward } from './house-errands.ts';

/** What was asked for, and what was answered. */
export interface Ledger {
  /** Sums told to each counter, and of those the ones that were answered. */
  readonly told: Record<string, number>;
  readonly answered: Record<string, number>;
  /** Hops of each token, and whether its start was known to be kept. */
  readonly tokens: Map<string, { readonly hops: number; isKept: boolean }>;
  /** Runs that were accepted. */
  readonly runs: Set<string>;
  /** Runs by idempotency key. */
  readonly keys: Map<string, string>;
  /** Guests sent to the door, and of those the ones known to be kept. */
  guests: number;
  admitted: number;
  /** Children of the parent that were told of. */
  children: number;
  alarms: number;
}

const counters = ['bowl', 'jar', 'vase'] as const;
const ring = ['r0', 'r1', 'r2', 'r3'] as const;
const accounts = ['ann', 'bob', 'cy'] as const;
const opening = 1_000;

type House = Runtime<typeof house>;
type At = { readonly runtime: House; readonly ledger: Ledger };

/** Asks an actor that should be there. */
async function ask<Answer extends { readonly type: string }>(
  runtime: House,
  address: string,
  event: { readonly type: string; readonly [field: string]: unknown },
): Promise<Answer> {
  const ref = runtime.actor(address);
  if (ref === undefined) throw new Error(`'${address}' is not there`);
  return (await ref.ask(event)) as unknown as Answer;
}

/** Tells, and notes it. */
const operations = {
  'add to a counter': async ({ runtime, ledger, pick, between, chance }: At & Chance) => {
    const name = pick(counters);
    const n = between(1, 9);
    ledger.told[name] = (ledger.told[name] ?? 0) + n;
    const ref = chance(2) ? runtime.actor(name) : undefined;
    ref?.tell({ type: 'add', n });
    await (ref === undefined ? ask(runtime, name, { type: 'add', n }) : runtime.committed());
    ledger.answered[name] = (ledger.answered[name] ?? 0) + n;
  },
  'send a token round': async ({ runtime, ledger, pick, between }: At & Chance) => {
    const id = `token-${ledger.tokens.size}`;
    const token = { hops: between(3, 20), isKept: false };
    ledger.tokens.set(id, token);
    runtime.actor(pick(ring))?.tell({ type: 'token', id, left: token.hops });
    await runtime.committed();
    token.isKept = true;
  },
  'have a child': async ({ runtime, ledger }: At) => {
    const { born } = await ask<{ type: string; born: number }>(runtime, 'parent', { type: 'children' });
    runtime.actor('parent')?.tell({ type: 'bear' });
    await runtime.committed();
    ledger.children = Math.max(ledger.children, Math.min(6, born + 1));
  },
  'set an alarm': ({ runtime, ledger, between }: At & Chance) => {
    ledger.alarms += 1;
    runtime.actor('alarm')?.tell({ type: 'set', delay: between(1, 90) * 1_000 });
  },
  'use the door': async ({ runtime, ledger, pick }: At & Chance) => {
    const type = pick(['guest', 'open', 'guest', 'shut', 'guest', 'kick']);
    if (type === 'guest') ledger.guests += 1;
    runtime.actor('door')?.tell({ type });
    await runtime.committed();
    if (type === 'guest') ledger.admitted += 1;
  },
  'have guests looked after': ({ runtime, pick, between }: At & Chance) => {
    const type = pick(['look after', 'let be', 'look after', 'trip']);
    runtime.actor('porter')?.tell({ type, guest: `guest-${between(0, 9)}` });
  },
  'invite a guest': ({ runtime, pick, between }: At & Chance) => {
    const id = `guest-${between(0, 9)}`;
    const known = runtime.actor(id);
    if (known === undefined) runtime.spawn(guest, { id, restart: { maxRestarts: 2, within: '5s' } }).watch(() => {});
    else known.tell({ type: pick(['friend', 'leave', 'fall']) });
  },
  'send a guest away': async ({ runtime, between }: At & Chance) => {
    await runtime.actor(`guest-${between(0, 9)}`)?.stop();
  },
  crowd: ({ runtime, between, choose }: At & Chance) => {
    const ref = runtime.actor('narrow');
    for (let n = between(1, 12); n > 0; n -= 1) ref?.tell({ type: 'squeeze' }, { priority: choose(11) as never });
  },
  'order and cancel': async ({ runtime, between }: At & Chance) => {
    const run = await runtime.submit({ type: 'order', input: { parcels: between(1, 5) } });
    await run.cancel('changed my mind');
    await run.result().catch(refused);
  },
  'order once': async ({ runtime, ledger, between }: At & Chance) => {
    const key = `key-${between(0, 5)}`;
    const run = await runtime.submit({ type: 'order', input: { parcels: 2 } }, { idempotencyKey: key });
    const known = ledger.keys.get(key);
    // A key is forgotten with its run, and so it is when the calendar jumps.
    if (known !== undefined && known !== run.id && runtime.find(known) !== undefined)
      throw new Error(`'${key}' stands for ${known} and for ${run.id}`);
    ledger.keys.set(key, run.id);
    ledger.runs.add(run.id);
    const total = await run.result();
    if (total !== 10) throw new Error(`two parcels add up to ${String(total)}`);
  },
  'draw lots': async ({ runtime, ledger, between }: At & Chance) => {
    const run = await runtime.submit({ type: 'errand', input: between(0, 99) });
    ledger.runs.add(run.id);
    const { wrapped, lots } = await run.result();
    if (lots.second !== lots.first + 1) throw new Error(`the lots are ${lots.first} and ${lots.second}`);
    if ((lots.first - wrapped) % 7 !== 0) throw new Error(`${lots.first} is no lot of ${wrapped}`);
  },
  // Those that were there stay in front: what is chosen by number stays what it was.
  ...errandOperations,
} as const;

/** Errors of Troupe's own are answers, too. */
function refused(error: unknown): void {
  if (!isTroupeError(error)) throw error;
}

/** Everybody who lives in the house. */
async function begin({ runtime }: At): Promise<void> {
  for (const id of counters) runtime.spawn(counter, { id, durable: true, passivateAfter: '5s' });
  ring.forEach((id, index) => {
    runtime.spawn(ringNode, { id, durable: true, input: { next: ring[(index + 1) % ring.length] ?? 'r0' } });
  });
  runtime.spawn(parent, { id: 'parent', durable: true });
  runtime.spawn(alarm, { id: 'alarm', durable: true });
  runtime.spawn(door, { id: 'door', durable: true, restart: { maxRestarts: 1_000, within: '1s' } });
  runtime.spawn(porter, { id: 'porter', restart: { maxRestarts: 1_000, within: '1s' } });
  runtime.spawn(narrow, { id: 'narrow', mailbox: { capacity: 4, overflow: 'drop-lowest' } });
  await runtime.state.transaction(async (tx) => {
    for (const name of accounts) if (tx.get(`account/${name}`) === undefined) tx.set(`account/${name}`, opening);
  });
}

const settled = {
  'counters hold what was answered, and no more than was told': async ({ runtime, ledger }: At) => {
    for (const name of counters) {
      // oxlint-disable-next-line no-await-in-loop
      const { total } = await ask<{ type: string; total: number }>(runtime, name, { type: 'total' });
      const [answered = 0, told = 0] = [ledger.answered[name], ledger.told[name]];
      if (total < answered || total > told)
        throw new Error(`'${name}' holds ${total}; ${answered} was answered and ${told} told`);
    }
  },
  'a token makes each of its hops once': async ({ runtime, ledger }: At) => {
    const made = new Map<string, number>();
    for (const address of ring) {
      // oxlint-disable-next-line no-await-in-loop
      const { hops } = await ask<{ type: string; hops: Record<string, number> }>(runtime, address, { type: 'report' });
      for (const [id, count] of Object.entries(hops)) made.set(id, (made.get(id) ?? 0) + count);
    }
    for (const [id, { hops, isKept }] of ledger.tokens) {
      const count = made.get(id) ?? 0;
      if (count !== hops && (isKept || count !== 0)) throw new Error(`'${id}' made ${count} of its ${hops} hops`);
    }
  },
  'no money is made or lost': ({ runtime }: At) => {
    const total = accounts.reduce((sum, name) => sum + balance(runtime.state.get(`account/${name}`)?.value), 0);
    if (total !== accounts.length * opening) throw new Error(`there is ${total} in all`);
  },
  'children that were born are there': async ({ runtime, ledger }: At) => {
    const { born } = await ask<{ type: string; born: number }>(runtime, 'parent', { type: 'children' });
    if (born < ledger.children) throw new Error(`${ledger.children} were known to be born, the parent knows ${born}`);
    for (let child = 0; child < born; child++) {
      // oxlint-disable-next-line no-await-in-loop
      const { total } = await ask<{ type: string; total: number }>(runtime, `parent/child-${child}`, { type: 'total' });
      if (total !== 1) throw new Error(`child ${child} was told of its birth ${total} times`);
    }
  },
  'guests at the door come in': async ({ runtime, ledger }: At) => {
    runtime.actor('door')?.tell({ type: 'open' });
    const { guests } = await ask<{ type: string; guests: number }>(runtime, 'door', { type: 'report' });
    if (guests < ledger.admitted || guests > ledger.guests)
      throw new Error(`${guests} came in of ${ledger.guests}, ${ledger.admitted} of whom were known to be there`);
  },
  'alarms ring once': async ({ runtime, ledger }: At) => {
    const { set, rung } = await ask<{ type: string; set: number; rung: number }>(runtime, 'alarm', { type: 'report' });
    if (rung > set || set > ledger.alarms) throw new Error(`${rung} rang of ${set} set, ${ledger.alarms} were told`);
  },
  'accepted runs are over': ({ runtime, ledger }: At) => {
    for (const id of ledger.runs) {
      const run = runtime.find(id);
      // One that is over may have been forgotten: the calendar jumps.
      if (run !== undefined && !run.isOver) throw new Error(`${id} is ${run.state}`);
    }
  },
  ...errandsSettled,
} as const;

/**
 * What was accepted is taken up after each restart; a run that is over may be forgotten, an open one never. And what was
 * refused is not kept: nobody would know of it before the next start.
 */
const openRunsAreKnown: Invariant = {
  name: 'a run that is kept open is known',
  watch: (run, fail) => ({
    settled: ({ kernel: { store }, runtime }) => {
      if (run.rots || store === undefined) return; // what can't be read any more can't be taken up
      for (const key of store.keys('run/')) {
        const id = key.slice('run/'.length);
        // What is being removed is listed still, and has no version any more.
        const isOpen = store.version(key) > 0 && store.version(`end/${id}`) === 0;
        if (isOpen && runtime.find(id) === undefined)
          fail(`'${id}' is open in the store, and the runtime does not know it`);
      }
    },
  }),
};

/** The simulation of the house. */
export default simulationOptions(house, {
  logics: { ...logics, runner, steward },
  ledger: (): Ledger => ({
    told: {},
    answered: {},
    tokens: new Map(),
    runs: new Set(),
    keys: new Map(),
    guests: 0,
    admitted: 0,
    children: 0,
    alarms: 0,
  }),
  begin,
  tasks: {
    order: ({ between }) => ({ parcels: between(0, 6) }),
    bank: ({ pick, between }) => ({ from: pick(accounts), to: pick(accounts), amount: between(1, 400) }),
  },
  operations,
  watches: [openRunsAreKnown],
  settled,
});
