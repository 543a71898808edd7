// The tasks that durable actors had in hand when their process ended, as long as nobody of this process has delegated
// them. For the actor such a task goes on: it delegates on its behalf and settles it. Whoever delegates it again, under
// its id, takes it over as it stands, or has its outcome when there is one. When nobody does, it is cancelled.

import { QueueFullError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import type { Priority } from '../../base/priority.ts';
import { type Address, identityOf } from '../address.ts';
import type { Chain } from '../chain.ts';
import type { Delegation, Dormant, Outcome } from '../delegation.ts';
import { poolOf } from '../registry.ts';
import type { Timers } from '../timers.ts';

/** A task that an actor had in hand. */
export interface TaskInHand {
  readonly id: string;
  readonly type: string;
  /** Who had delegated it; undefined when it came from outside. */
  readonly from: Address | undefined;
  readonly chain: Chain;
  /** Monotonic milliseconds. */
  readonly deadlineAt: number | undefined;
  readonly priority: Priority;
  readonly correlation: string;
}

/** What dormant tasks need of the table of delegations. */
export interface DormancyHost {
  readonly timers: Timers;
  now(): number;
  /** Does something as soon as the current stack is empty. */
  soon(fn: () => void): void;
  cancel(delegation: Delegation, reason: string): void;
  settle(delegation: Delegation, outcome: Outcome): void;
  /** Brings a task to whoever it is for. */
  hand(delegation: Delegation): void;
}

const { pending_count: most } = limits.delegation;

/** The dormant tasks of a kernel. */
export class Dormancy {
  readonly #host: DormancyHost;
  readonly #byId: Index = new Map();
  readonly #byCorrelation: Index = new Map();
  #size = 0;
  /** Tasks that wait until it is known which runs go on; undefined when it is. */
  #withheld: Set<Delegation> | undefined = undefined;

  constructor(host: DormancyHost) {
    this.#host = host;
  }

  /** Dormant tasks, with those that have settled. */
  get size(): number {
    return this.#size;
  }

  /** A task goes on without anybody who waits for it. @throws QUEUE_FULL when as many do as may. */
  wake(to: Address, { id, type, from, chain, deadlineAt, priority, correlation }: TaskInHand): Delegation {
    if (this.#size >= most) throw new QueueFullError('the table of tasks in hand', most, limits.mailbox.retryAfter_ms);
    const { timers } = this.#host;
    const delegation: Delegation = {
      id,
      task: { id, type, input: undefined },
      from: undefined,
      to,
      chain,
      deadlineAt,
      timeoutMs: undefined,
      priority,
      correlation,
      parent: undefined,
      children: new Set(),
      onSettled: undefined,
      handed: true,
      answered: false,
      dormant: undefined,
      settled: false,
      cancelled: undefined,
      timer: undefined,
    };
    const reason = deadlineAt === undefined ? 'nobody has delegated it again since the restart' : 'its time is up';
    const timer = timers.setAt(deadlineAt ?? this.#host.now() + limits.task.timeout_ms, () => {
      this.#expire(dormant, reason);
    });
    const dormant: Dormant = { delegation, from, outcome: undefined, timer };
    delegation.dormant = dormant;
    put(this.#byId, id, dormant);
    put(this.#byCorrelation, correlation, dormant);
    this.#size += 1;
    return delegation;
  }

  /**
   * The dormant task that is delegated again.
   *
   * @param from - Who delegates; only who has before can take it over.
   * @param to - The address it is delegated to, and the actor that this stands for; of a pool, whoever has it counts.
   */
  find(id: string, from: Address | undefined, to: { asked: Address; picked: Address }): Dormant | undefined {
    if (this.#size === 0) return undefined;
    for (const dormant of this.#byId.get(id) ?? []) {
      const { to: at } = dormant.delegation;
      if ((at === to.picked || poolOf(at) === to.asked) && isSame(dormant.from, from)) return dormant;
    }
    return undefined;
  }

  /**
   * Somebody delegates a dormant task again.
   *
   * @param asked - What is asked for, which nobody knows of yet.
   * @returns what it is from now on: the task that goes on, or a new one that is about to have the outcome of that.
   */
  take(dormant: Dormant, asked: Delegation): Delegation {
    this.#forget(dormant);
    const { delegation, outcome } = dormant;
    if (outcome !== undefined) {
      this.#host.soon(() => {
        this.#host.settle(asked, outcome);
      });
      return asked;
    }
    const { children, handed, answered } = delegation;
    return Object.assign(delegation, asked, { children, handed, answered });
  }

  /** A delegation has settled, or has been cancelled: then nobody is to have its outcome. */
  settled(delegation: Delegation, outcome: Outcome | undefined): void {
    this.#withheld?.delete(delegation);
    const { dormant } = delegation;
    if (dormant === undefined) return;
    if (outcome === undefined) this.#forget(dormant);
    else dormant.outcome = outcome;
  }

  /** What dormant tasks follow from, each once. */
  correlations(): readonly string[] {
    return [...this.#byCorrelation.keys()];
  }

  /** Cancels the tasks that follow from something which is over. */
  abandon(correlation: string, reason: string): void {
    for (const dormant of [...(this.#byCorrelation.get(correlation) ?? [])]) this.#expire(dormant, reason);
  }

  /** From now on what is delegated on behalf of dormant tasks waits, until {@link Dormancy.release}. */
  withhold(): void {
    this.#withheld ??= new Set();
  }

  release(): void {
    const withheld = this.#withheld ?? [];
    this.#withheld = undefined;
    for (const delegation of withheld) this.#host.hand(delegation);
  }

  /** Whether a delegation is to wait; it is brought to whoever it is for later then. */
  withholds(delegation: Delegation): boolean {
    if (this.#withheld === undefined || !isBelowDormant(delegation)) return false;
    this.#withheld.add(delegation);
    return true;
  }

  #expire(dormant: Dormant, reason: string): void {
    if (dormant.outcome === undefined) this.#host.cancel(dormant.delegation, reason);
    else this.#forget(dormant);
  }

  #forget(dormant: Dormant): void {
    drop(this.#byId, dormant.delegation.id, dormant);
    drop(this.#byCorrelation, dormant.delegation.correlation, dormant);
    this.#size -= 1;
    this.#host.timers.cancel(dormant.timer);
  }
}

type Index = Map<string, Set<Dormant>>;

function put(index: Index, key: string, dormant: Dormant): void {
  const others = index.get(key);
  if (others === undefined) index.set(key, new Set([dormant]));
  else others.add(dormant);
}

function drop(index: Index, key: string, dormant: Dormant): void {
  const others = index.get(key);
  others?.delete(dormant);
  if (others?.size === 0) index.delete(key);
}

function isBelowDormant({ parent }: Delegation): boolean {
  for (let above = parent; above !== undefined; above = above.parent) {
    if (above.dormant !== undefined && !above.settled) return true;
  }
  return false;
}

function isSame(a: Address | undefined, b: Address | undefined): boolean {
  return a === undefined || b === undefined ? a === b : identityOf(a) === identityOf(b);
}
