// What the turns of a kernel are made of, and what they hand over: the parts they reach, an incarnation's first wishes, the
// turn that goes on when a life has begun within it.

import type { AnyActorScope, EventObject } from 'xstate';
import type { Carrier } from './carrier.ts';
import type { Cell } from './cell.ts';
import type { Committer } from './commit/commit.ts';
import type { RunAhead } from './commit/run-ahead.ts';
import type { Envelope } from './envelope.ts';
import type { KernelHappening } from './events.ts';
import type { Post } from './post.ts';
import type { Registry } from './registry.ts';
import type { Shards } from './shard.ts';

/** What a turn needs of the kernel. */
export interface TurnParts {
  readonly carrier: Carrier;
  readonly committer: Committer | undefined;
  /** Present with the committer. */
  readonly ahead: RunAhead | undefined;
  readonly post: Post;
  readonly registry: Registry;
  readonly shards: Shards;
  /** Whether somebody inspects XState actors, so that every actor has to be one from the start. */
  readonly inspected: boolean;
  readonly log: (...parts: unknown[]) => void;
  readonly onCrash: (cell: Cell, envelope: Envelope, error: unknown) => void;
  readonly onFinish: (cell: Cell) => void;
  /** The actor wants to end. */
  readonly onEnd: (cell: Cell) => void;
  readonly report: (happening: KernelHappening) => void;
}

/** What an incarnation wants done at its start, or why it could not start. */
export interface Incarnation {
  readonly effects: readonly EventObject[];
  readonly error?: { readonly cause: unknown };
}

/** The turn that a new life has interrupted. */
export interface Outer {
  readonly active: Cell | undefined;
  readonly openScope: AnyActorScope | undefined;
  readonly incarnating: Cell | undefined;
  readonly collected: (EventObject | undefined)[];
  readonly count: number;
}
