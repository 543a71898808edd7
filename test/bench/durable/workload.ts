// What every row of the durable benchmark does, in one place: the state of an actor (some 200 bytes packed), a message,
// and how much of each. A step is one message consumed, one new state kept, one message sent.

/** Actors of the grouped rows, and so the steps of one commit. */
export const actors = 1_000;

/** Actors of the ring. */
export const ringSize = 100;

/** Versions of an actor that stay readable. */
export const versions = 10;

/** A state of some 200 bytes, as small agents have them. */
export interface State {
  readonly handled: number;
  readonly sum: number;
  readonly name: string;
  readonly phase: string;
  readonly items: readonly string[];
  readonly note: string;
}

/** A message. */
export interface Message {
  readonly type: string;
  readonly value: number;
}

/** The first state of an actor. */
export function stateOf(index: number): State {
  return {
    handled: 0,
    sum: 0,
    name: `actor-${index}`,
    phase: 'collecting',
    items: ['src/kernel/commit/commit.ts', 'src/kernel/cell.ts', 'src/store/lmdb/lmdb.ts'],
    note: 'what an agent writes down between two messages, a line of it',
  };
}

/** The state after a message. */
export function stepped(state: State, { value }: Message): State {
  return { ...state, handled: state.handled + 1, sum: state.sum + value };
}

/** Where a share of sorted figures lies. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
