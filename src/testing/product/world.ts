// The state of a product: every actor with its machine's snapshot, the messages on their way, the open tasks. It is never
// changed, only replaced, so that a search can go on from any world it has seen.

import type { AnyEventObject } from 'xstate';
import type { Chain } from '../../kernel/chain.ts';
import type { ModelState } from '../watched.ts';
import type { Role } from './roles.ts';

/** What the outside is called. */
export const outside = 'environment';

/** The lane of what the runtime itself sends; it stands beside the priorities 0 to 10. */
export const runtimeLane = -1;

/** One message on its way. */
export interface Message {
  /** An address, or {@link outside}. */
  readonly from: string;
  readonly to: string;
  readonly lane: number;
  readonly event: AnyEventObject;
  /** The key of the task on whose behalf it is sent. */
  readonly within: string | undefined;
}

/** Messages of one sender to one receiver in one lane keep their order; no others do. */
export function channelOf({ from, to, lane }: Pick<Message, 'from' | 'to' | 'lane'>): string {
  return `${from} > ${to} ${lane}`;
}

/** An event that an actor has scheduled for itself. */
export interface Scheduled {
  readonly id: string;
  readonly event: AnyEventObject;
  readonly delayMs: number;
  readonly within: string | undefined;
}

/** One actor of a product. */
export interface ProductActor {
  readonly address: string;
  readonly role: Role;
  /** `down` from a crash to the restart. */
  readonly status: 'running' | 'down' | 'stopped';
  /** Of a machine; while it is down, what it was. */
  readonly model: ModelState | undefined;
  /** What the driver of a machine of the product's keeps. */
  readonly memory: unknown;
  readonly schedules: readonly Scheduled[];
  readonly stash: readonly Message[];
  /** What comes back from the stash, before all that waits. */
  readonly returned: readonly Message[];
  /** Spawned by another actor, which takes it along when it ends. */
  readonly spawned: boolean;
}

/** A task that has not settled. */
export interface OpenTask {
  /** Unique among open tasks: who has it, and its id. */
  readonly key: string;
  readonly id: string;
  readonly type: string;
  readonly input: unknown;
  /** {@link outside} for what the environment wants done. */
  readonly from: string;
  readonly to: string;
  readonly chain: Chain;
  readonly parent: string | undefined;
  readonly priority: number;
  /** Whether its time may be up. */
  readonly hasDeadline: boolean;
  /** Whether the actor has begun to handle it, so that its crash is the task's failure. */
  readonly handed: boolean;
}

/** The key of a task. */
export const taskKey = (to: string, id: string): string => `${to} ${id}`;

/** How a task of the environment's ended. */
export interface TaskOutcome {
  readonly id: string;
  readonly ok: boolean;
  /** The output, or the error. */
  readonly value: unknown;
}

/** One state of a product. */
export interface World {
  readonly actors: ReadonlyMap<string, ProductActor>;
  /** By channel; none is empty. */
  readonly mail: ReadonlyMap<string, readonly Message[]>;
  /** By key. */
  readonly tasks: ReadonlyMap<string, OpenTask>;
  /** Why tasks were called off, by key: nothing more is delegated on their behalf. */
  readonly calledOff: ReadonlyMap<string, string>;
  /** Subscribers by topic, watchers by whom they watch; sorted. */
  readonly subscribers: ReadonlyMap<string, readonly string[]>;
  readonly watchers: ReadonlyMap<string, readonly string[]>;
  /** How often what may happen only so often has happened. */
  readonly counts: ReadonlyMap<string, number>;
  /** How the tasks of the environment ended, by id. */
  readonly outcomes: ReadonlyMap<string, TaskOutcome>;
  /** `print from desk to printer: mailbox full`, each once. */
  readonly deadLetters: ReadonlyMap<string, true>;
}

/** A world in which nothing is. */
export const emptyWorld: World = {
  actors: new Map(),
  mail: new Map(),
  tasks: new Map(),
  calledOff: new Map(),
  subscribers: new Map(),
  watchers: new Map(),
  counts: new Map(),
  outcomes: new Map(),
  deadLetters: new Map(),
};
