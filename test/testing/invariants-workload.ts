// A random workload over everything that a kernel does: actors that are spawned, told, asked, watched, crashed and
// stopped, durable or not; tasks, transfers between accounts, a store that fails, and a process that is killed.

import type { AnyActorLogic } from 'xstate';
import type { Act } from './invariants-actors.ts';
import { clockwork, hand } from './invariants-actors.ts';
import type { SmallWorld } from './invariants-kit.ts';

const actors_count = 6;
const accounts_count = 4;
const ignore = (): void => {};

/** Does something by chance. */
export class Workload {
  readonly #world: SmallWorld;
  #count = 0;

  constructor(world: SmallWorld) {
    this.#world = world;
  }

  /** After each start. */
  async begin(): Promise<void> {
    const { runtime } = this.#world.present;
    if (this.#world.lives === 1) {
      runtime.state
        .transaction((tx) => {
          for (let nth = 0; nth < accounts_count; nth++) tx.set(`account/${nth}`, { balance: 100 });
        })
        .catch(ignore);
    }
    for (let nth = 0; nth < actors_count; nth++) this.#spawn(nth);
    await this.#world.settle();
  }

  /** One operation. */
  act(): void {
    const { decisions, life } = this.#world;
    if (life === undefined) return;
    const { runtime } = life;
    const to = this.#who();
    const ref = runtime.actor(to);
    switch (decisions.choose('op', 10)) {
      case 0:
        this.#spawn(decisions.choose('op.spawn', actors_count));
        break;
      case 1:
        ref?.ask({ type: 'do', n: 0, acts: [{ act: 'reply' }] }, { timeout: '2s' }).catch(ignore);
        break;
      case 2:
        if (decisions.chance('op.stop', 4)) ref?.stop().catch(ignore);
        break;
      case 3:
        ref?.watch(ignore);
        break;
      case 4:
        this.#transfer();
        break;
      case 5:
        if (decisions.chance('op.run', 3)) runtime.run({ type: 'main' as never, input: null as never }).catch(ignore);
        break;
      case 6:
        if (decisions.chance('op.committed', 4)) runtime.committed().catch(ignore);
        break;
      default:
        ref?.tell({ type: 'do', n: (this.#count += 1), acts: this.#acts(3, to) }, { priority: this.#priority() as 5 });
    }
  }

  #transfer(): void {
    const { decisions, present } = this.#world;
    const from = `account/${decisions.choose('op.from', accounts_count)}`;
    const to = `account/${decisions.choose('op.to', accounts_count)}`;
    const amount = decisions.choose('op.amount', 10);
    if (from === to) return;
    present.runtime.state
      .transaction((tx) => {
        const a = tx.get<{ balance: number }>(from)?.value;
        const b = tx.get<{ balance: number }>(to)?.value;
        if (a === undefined || b === undefined) return;
        tx.set(from, { balance: a.balance - amount });
        tx.set(to, { balance: b.balance + amount });
      })
      .catch(ignore);
  }

  #who(): string {
    const { decisions } = this.#world;
    const name = `p${decisions.choose('op.who', actors_count)}`;
    return decisions.chance('op.child', 4) ? `${name}/c${decisions.choose('op.which', 2)}` : name;
  }

  #priority(): number {
    return this.#world.decisions.pick('op.priority', [5, 5, 5, 0, 8, 2]);
  }

  #acts(depth: number, of: string): readonly Act[] {
    const { decisions } = this.#world;
    return Array.from({ length: decisions.choose('op.acts', 4) }, () => this.#act(depth, of));
  }

  #act(depth: number, of: string): Act {
    const { decisions } = this.#world;
    const to = this.#who();
    const acts = depth > 0 ? this.#acts(depth - 1, to) : [];
    const own = depth > 0 ? this.#acts(depth - 1, of) : [];
    const id = `c${decisions.choose('act.child', 2)}`;
    const watch: Act = { act: 'watch', to };
    const kinds: readonly [Act, ...Act[]] = [
      { act: 'tell', to, priority: this.#priority(), acts },
      { act: 'tell', to, priority: 5, acts },
      { act: 'tell', to: '.', priority: this.#priority(), acts: own },
      { act: 'reply' },
      watch,
      watch,
      { act: 'unwatch', to },
      { act: 'publish', topic: 'news' },
      { act: 'subscribe', topic: 'news' },
      { act: 'stash' },
      { act: 'unstash' },
      { act: 'schedule', id: 's1', ms: decisions.choose('act.ms', 3_000), acts: own },
      { act: 'schedule', id: 's2', ms: decisions.choose('act.ms', 3_000), acts: own },
      { act: 'cancel', id: 's1' },
      { act: 'spawn', id, durable: decisions.chance('act.durable', 2) },
      { act: 'spawn', id, durable: false },
      { act: 'stopChild', id },
      { act: 'delegate', to, ms: decisions.choose('act.deadline', 3) * 1_000 },
      { act: 'complete' },
      { act: 'crash' },
      { act: decisions.chance('act.stops', 3) ? 'stopSelf' : 'reply' },
      { act: decisions.chance('act.spoils', 3) ? 'spoil' : 'reply' },
    ];
    return decisions.pick('act', kinds);
  }

  #spawn(nth: number): void {
    const { present } = this.#world;
    const logic: AnyActorLogic = nth === 5 ? clockwork : hand;
    const restart = {
      strategy: (['one-for-one', 'one-for-all', 'rest-for-one'] as const)[nth % 3] ?? 'one-for-one',
      maxRestarts: 1 + (nth % 4),
      within: '5s',
    } as const;
    const mailbox = {
      capacity: nth % 2 === 0 ? 1_000 : 4,
      overflow: (['reject', 'drop-oldest', 'drop-lowest'] as const)[nth % 3] ?? 'reject',
    };
    const durable = nth >= 3;
    const passivateAfter = nth === 4 ? { passivateAfter: '3s' as const } : {};
    try {
      present.runtime.spawn(logic, { id: `p${nth}`, restart, mailbox, durable, ...(durable ? passivateAfter : {}) });
    } catch {
      // It is there.
    }
  }
}

/** A whole run of so many steps. */
export async function play(world: SmallWorld, steps: number, killOneIn: number): Promise<void> {
  const workload = new Workload(world);
  const { decisions } = world;
  await world.begin();
  await workload.begin();
  while (world.step < steps && world.problems.length === 0) {
    if (killOneIn > 0 && decisions.chance('fault.kill', killOneIn)) {
      world.kill();
      await world.begin();
      await workload.begin();
    }
    if (decisions.chance('op.now', 2)) workload.act();
    await world.pass();
  }
  decisions.calm = true;
  if (world.problems.length > 0) return;
  await world.settle(30_000);
  await world.end();
}
