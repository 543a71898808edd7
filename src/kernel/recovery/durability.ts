// Puts together what only durable actors need: how they are kept, restored, taken up from the store, taken out of
// memory and brought back. A kernel without a store has none of it.

import type { AnyActorLogic } from 'xstate';
import type { Clock } from '../../base/clock.ts';
import { limits } from '../../base/limits.ts';
import type { Store } from '../../store/port.ts';
import type { Committer } from '../commit/commit.ts';
import type { Delegations } from '../delegations.ts';
import type { DueTimes } from './due-times.ts';
import type { KernelHappening } from '../events.ts';
import type { Lifecycle } from '../lifecycle.ts';
import { HostedLogics } from '../logics.ts';
import { Nursery } from '../nursery.ts';
import { Passivation } from './passivation.ts';
import type { Post } from '../post.ts';
import { Rearming } from './rearming.ts';
import { Recovery } from './recovery.ts';
import type { Registry } from '../registry.ts';
import { actorKey } from './actor-keys.ts';
import { Restoring } from './restoring.ts';
import { Roster } from './roster.ts';
import type { Shards } from '../shard.ts';
import type { Timers } from '../timers.ts';
import type { Topics } from '../topics.ts';
import type { Turns } from '../turns.ts';
import type { Watching } from '../watching.ts';

/** What there is to say about durable actors. */
export interface DurabilityOptions {
  readonly logics?: Readonly<Record<string, AnyActorLogic>>;
  readonly versions?: number;
  readonly idleActors?: number;
}

/** What durable actors add to a kernel; all undefined without a store. */
export interface Durability {
  readonly roster: Roster | undefined;
  readonly restoring: Restoring | undefined;
  readonly passivation: Passivation | undefined;
  readonly recovery: Recovery | undefined;
}

/** What the nursery is made of; what durable actors add is looked up when there is one. */
export interface NurseryGround extends Partial<Durability> {
  readonly registry: Registry;
  readonly life: Lifecycle;
  readonly turns: Turns;
  readonly store: Store | undefined;
  readonly committer: Committer | undefined;
}

/** What durability is made of. */
export interface DurabilityGround extends NurseryGround {
  readonly clock: Clock;
  readonly dueTimes: DueTimes;
  readonly timers: Timers;
  readonly topics: Topics;
  readonly shards: Shards;
  readonly post: Post;
  readonly delegations: Delegations;
  readonly watching: Watching;
  readonly nursery: Nursery;
  readonly report: (happening: KernelHappening) => void;
}

/** Which actors a start looks at. */
export function rosterOf({ store, committer }: Pick<NurseryGround, 'store' | 'committer'>): Roster | undefined {
  return store === undefined || committer === undefined ? undefined : new Roster(store, committer);
}

/** The nursery of a kernel. */
export function nurseryOf(ground: NurseryGround, { logics = {} }: DurabilityOptions): Nursery {
  const { registry, life, turns, store, committer, roster } = ground;
  const parts = {
    registry,
    life,
    turns,
    store,
    committer,
    roster,
    settled: (...settled: Parameters<Recovery['settled']>) => ground.recovery?.settled(...settled),
    woken: (...woken: Parameters<Passivation['left']>) => ground.passivation?.left(...woken),
  };
  return new Nursery(parts, new HostedLogics(turns), logics);
}

/** What durable actors need, over a store. */
export function durabilityOf(
  ground: DurabilityGround,
  { versions = limits.store.versions_count, idleActors = limits.store.passivatable_count }: DurabilityOptions,
): Omit<Durability, 'roster'> {
  const { committer, clock, store, roster } = ground;
  if (committer === undefined || store === undefined || roster === undefined) {
    return { restoring: undefined, passivation: undefined, recovery: undefined };
  }
  const report = (happening: KernelHappening): void => {
    recovery.saw(happening);
    ground.report(happening);
  };
  const isKept = (address: string): boolean => store.version(actorKey(address)) > 0;
  const rearming = new Rearming({ ...ground, isKept });
  const restoring = new Restoring({ ...ground, store, committer, roster, rearming, keep: versions, report });
  const passivation = new Passivation({ ...ground, committer, roster, keep: versions, most: idleActors });
  const recovery = new Recovery(
    { ...ground, store, committer, roster, passivation, rearming },
    committer.takeRecovered(),
  );
  ground.turns.keeping = {
    wallAt: (at) => clock.wall() + at - clock.now(),
    issuedBy: ({ address }) => ground.delegations.issuedBy(address),
    inHand: ({ address }) => ground.delegations.inHand(address),
    touched: (cell) => {
      passivation.touched(cell);
    },
  };
  return { restoring, passivation, recovery };
}
