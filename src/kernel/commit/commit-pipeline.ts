// Commits on their way to the store: a few at a time, so that the disk is never idle and memory stays bounded. They
// count as landed in the order of their turns, and one that fails fails all behind it, however the store answers.

import { limits } from '../../base/limits.ts';
import type { Store, StoreWrite } from '../../store/port.ts';
import type { TakeBack } from './commit-takeback.ts';
import type { Mark, Turn } from './commit-turn.ts';

const { inFlight_bytes: bytesMax, inFlight_commits: commitsMax } = limits.store;

/** Told of what becomes of turns. */
export interface PipelineHost {
  landed(turn: Turn): void;
  /** One has failed; nothing is to be written until {@link PipelineHost.failed} has been told. */
  failing(error: unknown): void;
  /** These have not landed, the oldest first; nothing is on its way any more. */
  failed(turns: readonly Turn[], error: unknown): void;
}

/** What tells that a commit has landed: a key that it writes, and the version that this key then has. */
function markOf(writes: readonly StoreWrite[], store: Store): Mark | undefined {
  const put = writes.find(({ value, packed }) => (packed ?? value) !== undefined);
  return put === undefined ? undefined : { key: put.key, version: store.version(put.key) + 1 };
}

/** The turns that are being written. */
export class Pipeline {
  readonly #store: Store;
  readonly #takeBack: TakeBack;
  readonly #host: PipelineHost;
  #turns: Turn[] = [];
  #bytes = 0;
  #failure: { readonly error: unknown } | undefined = undefined;

  constructor(store: Store, takeBack: TakeBack, host: PipelineHost) {
    this.#store = store;
    this.#takeBack = takeBack;
    this.#host = host;
  }

  /** Turns on their way, oldest first. */
  get turns(): readonly Turn[] {
    return this.#turns;
  }

  get isEmpty(): boolean {
    return this.#turns.length === 0;
  }

  /** Whether one more may be written. */
  get hasRoom(): boolean {
    return this.#turns.length < commitsMax && this.#bytes < bytesMax;
  }

  /** Whether as much is on its way as there may be. */
  get isHeavy(): boolean {
    return this.#bytes >= bytesMax;
  }

  /** Writes a turn. */
  write(turn: Turn, writes: readonly StoreWrite[]): void {
    for (const { packed } of writes) turn.bytes += packed?.bytes.length ?? 0;
    turn.state = 'in flight';
    turn.writes = writes;
    turn.mark = markOf(writes, this.#store);
    this.#bytes += turn.bytes;
    this.#turns.push(turn);
    void this.#commit(turn, writes);
  }

  /** Forgets what is on its way. */
  abandon(): readonly Turn[] {
    const turns = this.#turns;
    this.#turns = [];
    this.#bytes = 0;
    return turns;
  }

  async #commit(turn: Turn, writes: readonly StoreWrite[]): Promise<void> {
    try {
      await this.#store.commit(writes);
      turn.state = 'landed';
    } catch (error) {
      turn.state = 'failed';
      if (this.#turns.includes(turn) && this.#failure === undefined) {
        this.#failure = { error };
        this.#host.failing(error);
      }
    }
    this.#advance();
  }

  #advance(): void {
    this.#land((turn) => turn.state === 'landed');
    const failure = this.#failure;
    if (failure === undefined || this.#turns.some(({ state }) => state === 'in flight')) return;
    this.#failure = undefined;
    this.#land((turn) => this.#takeBack.isThere(turn));
    const turns = this.abandon();
    for (const { writes } of turns) this.#takeBack.note(writes);
    this.#host.failed(turns, failure.error);
  }

  /** The oldest turns have landed, as far as that is so. */
  #land(hasLanded: (turn: Turn) => boolean): void {
    for (let turn = this.#turns[0]; turn !== undefined && hasLanded(turn); turn = this.#turns[0]) {
      this.#turns.shift();
      this.#bytes -= turn.bytes;
      turn.state = 'landed';
      this.#host.landed(turn);
    }
  }
}
