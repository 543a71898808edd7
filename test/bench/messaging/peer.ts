// What a library must be able to do to take part in the messaging benchmark, and what it must prove afterwards.
// Each workload builds its own actors outside the watch, runs inside it, takes its actors down again, and returns
// evidence gathered from the actors' own state. A workload that a peer lacks is left out: its cell in the table stays empty.

/** Started right before the first message, stopped right after the last one was handled. */
export interface Stopwatch {
  start(): void;
  stop(): void;
}

/** What the actors themselves counted. Compared with the scenario's expectation: a difference fails the row. */
export interface Evidence {
  /** Messages that reached a handler, flow-control messages of the bench itself not included. */
  readonly handled: number;
  /** Sum of the `value` of these messages, as each scenario defines it. */
  readonly sum: number;
  /** Actors that were stopped. */
  readonly stopped?: number;
}

/** Idle actors, held in memory until `wake` has shown that every one of them was alive. */
export interface IdleActors {
  /** Sends actor `i` (from 1) one message of value `i`, waits until all were handled, then stops them all. */
  wake(): Promise<Evidence>;
}

/** Actors that never rest: two that ping-pong for ever and one that sends to itself; and a third party that answers. */
export interface RestlessActors {
  /** Asks the third party, which answers `value + 1`. */
  ask(value: number): Promise<number>;
  /** The peer's own timer, measured as well where there is one. */
  after?(delay_ms: number, due: () => void): void;
  /** Ends the commotion. `handled` counts what the restless actors handled. */
  stop(): Promise<Evidence>;
}

/** All messages are freshly allocated objects with a `type` and a number `value`. */
export interface Workloads {
  /** A tells B `ping` of value k = 1..rounds, B answers `pong` of value k. Both count and sum. */
  pingPong(size: { readonly rounds: number }, watch: Stopwatch): Promise<Evidence>;

  /**
   * One producing actor tells one counter the values 1..messages, `burst` at a time: the counter asks for the next
   * burst when it has handled the last, so that bounded mailboxes take part. Count and sum are asked of the counter.
   */
  counting(size: { readonly messages: number; readonly burst: number }, watch: Stopwatch): Promise<Evidence>;

  /** One token goes round: a message of value v is passed on with v - 1 until v = 1. */
  ring(size: { readonly actors: number; readonly hops: number }, watch: Stopwatch): Promise<Evidence>;

  /**
   * From outside, each of `actors` is told the values 1..messages, round robin, in waves of at most `wave` messages an actor;
   * the next wave starts when the last was handled by all. Savina's `fjthrput` with a bound on the mailboxes.
   */
  forkJoin(
    size: { readonly actors: number; readonly messages: number; readonly wave: number },
    watch: Stopwatch,
  ): Promise<Evidence>;

  /** From outside, `wave` named actors at a time: created under one parent, told one message (values 1..actors), stopped. */
  create(size: { readonly actors: number; readonly wave: number }, watch: Stopwatch): Promise<Evidence>;

  /**
   * Each actor pings `pings` random others, one at a time, the next when the pong has come. Targets come from
   * `bigTargets(seed, self, …)`. Pinged actor i adds i + 1 to its sum; pongs count but add nothing. Savina's `big`.
   */
  big(
    size: { readonly actors: number; readonly pings: number; readonly seed: number },
    watch: Stopwatch,
  ): Promise<Evidence>;

  /** From outside, one request at a time with the values 1..asks; the answer is value + 1. The answers are summed. */
  ask(size: { readonly asks: number }, watch: Stopwatch): Promise<Evidence>;

  /** From outside, `countingMachine` (`machines.ts`) is sent `count` events of the values 1..messages, `burst` at a time. */
  machineEvents(size: { readonly messages: number; readonly burst: number }, watch: Stopwatch): Promise<Evidence>;

  /** Creates that many named actors under one parent and lets them rest. */
  idle(size: { readonly actors: number }): Promise<IdleActors>;

  /** `pingPong` while `idle` other actors are alive. */
  pingPongAmong(size: { readonly idle: number; readonly rounds: number }, watch: Stopwatch): Promise<Evidence>;

  /** With `pending` timers of other actors pending, stops `stops` actors; the watch covers the stopping only. */
  stopAmong(size: { readonly pending: number; readonly stops: number }, watch: Stopwatch): Promise<Evidence>;

  /** Under a parent with `existing` children, spawns `spawns` more; told value 1 each afterwards, outside the watch. */
  spawnAmong(size: { readonly existing: number; readonly spawns: number }, watch: Stopwatch): Promise<Evidence>;

  /** Starts the restless actors and returns at once. */
  restless(): Promise<RestlessActors>;
}

/** One row of the tables. */
export interface Peer {
  /** Unique, as shown: `nact`, `xstate machine`, `troupe`. */
  readonly name: string;
  /** What the actors are made of. Targets compare a troupe row with the XState row of the same kind. */
  readonly kind: 'plain' | 'custom' | 'transition' | 'machine';
  /** Package and version, for the report. */
  readonly version: string;
  /** Set when the peer cannot run here: the row is skipped and this reason printed. */
  readonly unavailable?: string;
  readonly workloads: Partial<Workloads>;
}

/** What each file in `peers/` exports. */
export interface PeerModule {
  readonly peers: readonly Peer[];
}
