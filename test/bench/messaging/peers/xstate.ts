// Raw XState, without any runtime around it: children of one root that send to each other directly. Its relay is synchronous:
// a send runs the receiver at once unless that one is already busy, in which case its mailbox takes the event. So ping-pong,
// ring and big survive (the stack is as deep as the ring has actors), but nothing yields, nothing is fair and nothing bounded.
// The custom rows return a fresh snapshot literal, the transition rows use fromTransition.
import {
  createActor,
  fromTransition,
  type ActorLogic,
  type ActorRef,
  type ActorScope,
  type AnyActorLogic,
  type AnyActorRef,
  type Snapshot,
} from 'xstate';
import { bigTargets } from '../big-targets.ts';
import { countingMachine, type CountEvent } from '../machines.ts';
import type { Evidence, IdleActors, Peer, Workloads } from '../peer.ts';
import { versionOf } from '../version-of.ts';

interface Event {
  readonly type: string;
  readonly value: number;
  readonly from?: Ref;
}

interface State {
  readonly handled: number;
  readonly sum: number;
}

type Active = Snapshot<undefined> & { readonly context: State };
type Ref = ActorRef<Active, Event>;
type Behaviour = (state: State, event: Event, self: Ref) => State;
type Wrap = (behaviour: Behaviour) => ActorLogic<Active, Event>;

const initial: State = { handled: 0, sum: 0 };

const custom: Wrap = (behaviour) => ({
  transition: (snapshot, event, scope) => ({
    status: 'active',
    output: undefined,
    error: undefined,
    context: behaviour(snapshot.context, event, scope.self),
  }),
  getInitialSnapshot: () => ({ status: 'active', output: undefined, error: undefined, context: initial }),
  getPersistedSnapshot: (snapshot) => snapshot,
});

const transition: Wrap = (behaviour) =>
  fromTransition<State, Event, never, undefined>(
    (state, event, scope) => behaviour(state, event, scope.self),
    initial,
  ) as ActorLogic<Active, Event>;

/** A root that can stop its children, as XState allows only the parent to. */
class Family {
  readonly #root: AnyActorRef;
  #scope: ActorScope<Snapshot<undefined>, { type: 'unused' }> | undefined;
  created = 0;
  stopped = 0;

  constructor() {
    const logic: ActorLogic<Snapshot<undefined>, { type: 'unused' }> = {
      transition: (snapshot) => snapshot,
      getInitialSnapshot: (scope) => {
        this.#scope = scope;
        return { status: 'active', output: undefined, error: undefined };
      },
      getPersistedSnapshot: (snapshot) => snapshot,
    };
    const root = createActor(logic);
    root.subscribe({ error: (error) => queueMicrotask(() => Promise.reject(error)) });
    this.#root = root.start();
  }

  child<L extends AnyActorLogic>(logic: L, id: string): ReturnType<typeof createActor<L>> {
    const actor = createActor(logic, { parent: this.#root, id } as never);
    this.created += 1;
    actor.start();
    return actor;
  }

  stop(child: AnyActorRef): void {
    this.#scope?.stopChild(child);
    this.stopped += 1;
  }
}

interface Readable {
  getSnapshot(): {
    readonly context: { readonly sum: number } & ({ readonly handled: number } | { readonly count: number });
  };
}

function total(actors: readonly Readable[]): Evidence {
  let handled = 0;
  let sum = 0;
  for (const actor of actors) {
    const { context } = actor.getSnapshot();
    handled += 'handled' in context ? context.handled : context.count;
    sum += context.sum;
  }
  return { handled, sum };
}

const add: Behaviour = (state, event) => ({ handled: state.handled + 1, sum: state.sum + event.value });

function messageWorkloads(wrap: Wrap): Partial<Workloads> {
  return {
    async pingPong({ rounds }, watch) {
      const family = new Family();
      const ponger = family.child(
        wrap((state, event, self) => {
          event.from?.send({ type: 'pong', value: event.value, from: self });
          return add(state, event, self);
        }),
        'ponger',
      );
      const pinger = family.child(
        wrap((state, event, self) => {
          if (event.value < rounds) ponger.send({ type: 'ping', value: event.value + 1, from: self });
          return event.type === 'pong' ? add(state, event, self) : state;
        }),
        'pinger',
      );
      watch.start();
      pinger.send({ type: 'start', value: 0 });
      watch.stop();
      return total([pinger, ponger]);
    },

    async counting({ messages, burst }, watch) {
      const family = new Family();
      const counter = family.child(
        wrap((state, event, self) => {
          if (event.type === 'last' && event.value < messages) event.from?.send({ type: 'more', value: event.value });
          return add(state, event, self);
        }),
        'counter',
      );
      const producer = family.child(
        wrap((state, event, self) => {
          const end = Math.min(messages, event.value + burst);
          for (let value = event.value + 1; value <= end; value += 1) {
            counter.send({ type: value === end ? 'last' : 'count', value, from: self });
          }
          return state;
        }),
        'producer',
      );
      watch.start();
      producer.send({ type: 'more', value: 0 });
      const evidence = total([counter]);
      watch.stop();
      return evidence;
    },

    async ring({ actors, hops }, watch) {
      const family = new Family();
      const links: Ref[] = [];
      for (let i = 0; i < actors; i += 1) {
        const next = (i + 1) % actors;
        const behaviour: Behaviour = (state, event, self) => {
          if (event.value > 1) links[next]?.send({ type: 'token', value: event.value - 1 });
          return add(state, event, self);
        };
        links.push(family.child(wrap(behaviour), `link-${i}`));
      }
      watch.start();
      links[0]?.send({ type: 'token', value: hops });
      watch.stop();
      return total(links);
    },

    async forkJoin({ actors, messages, wave }, watch) {
      const family = new Family();
      const logic = wrap(add);
      const counters = Array.from({ length: actors }, (_, i) => family.child(logic, `worker-${i}`));
      watch.start();
      for (let sent = 0; sent < messages;) {
        const end = Math.min(messages, sent + wave);
        while (sent < end) {
          sent += 1;
          for (const counter of counters) counter.send({ type: sent === end ? 'last' : 'count', value: sent });
        }
      }
      watch.stop();
      return total(counters);
    },

    async big({ actors, pings, seed }, watch) {
      const family = new Family();
      const all: Ref[] = [];
      for (let i = 0; i < actors; i += 1) {
        const target = bigTargets(seed, i, actors);
        let left = pings;
        const behaviour: Behaviour = (state, event, self) => {
          if (event.type === 'ping') {
            event.from?.send({ type: 'pong', value: 0, from: self });
            return { handled: state.handled + 1, sum: state.sum + i + 1 };
          }
          if (left > 0) {
            left -= 1;
            all[target()]?.send({ type: 'ping', value: 0, from: self });
          }
          return event.type === 'pong' ? { handled: state.handled + 1, sum: state.sum } : state;
        };
        all.push(family.child(wrap(behaviour), `big-${i}`));
      }
      watch.start();
      for (const actor of all) actor.send({ type: 'start', value: 0 });
      watch.stop();
      return total(all);
    },

    ...childWorkloads(wrap(add), 'count'),
  };
}

/** What custom logic, transition logic and machines do alike: live, count one event, die. */
function childWorkloads<L extends AnyActorLogic>(logic: L, type: string): Partial<Workloads> {
  const start = (
    family: Family,
    id: string,
  ): { send(event: { type: string; value: number }): void } & Readable & AnyActorRef =>
    family.child(logic, id) as never;
  return {
    async create({ actors, wave }, watch) {
      const family = new Family();
      let handled = 0;
      let sum = 0;
      let children: ReturnType<typeof start>[] = [];
      watch.start();
      for (let created = 0; created < actors;) {
        const end = Math.min(actors, created + wave);
        children = [];
        while (created < end) {
          const child = start(family, `child-${created}`);
          created += 1;
          child.send({ type, value: created });
          children.push(child);
        }
        const counted = total(children);
        handled += counted.handled;
        sum += counted.sum;
        for (const child of children) family.stop(child);
      }
      watch.stop();
      // what was really stopped handles nothing any more: shown on the last wave, as XState has no public flag for it
      const before = total(children).handled;
      for (const child of children) child.send({ type, value: 1 });
      const stopped = family.stopped - (total(children).handled - before);
      return { handled, sum, stopped };
    },

    async idle({ actors }): Promise<IdleActors> {
      const family = new Family();
      const children = Array.from({ length: actors }, (_, i) => start(family, `idle-${i}`));
      return {
        async wake() {
          for (const [i, child] of children.entries()) child.send({ type, value: i + 1 });
          return total(children);
        },
      };
    },
  };
}

const machineWorkloads: Partial<Workloads> = {
  ...childWorkloads(countingMachine, 'count'),

  async machineEvents({ messages }, watch) {
    const machine = new Family().child(countingMachine, 'machine');
    watch.start();
    for (let value = 1; value <= messages; value += 1) machine.send({ type: 'count', value } satisfies CountEvent);
    watch.stop();
    return total([machine]);
  },
};

const version = versionOf('xstate');

/** Raw XState with its three kinds of logic. */
export const peers: readonly Peer[] = [
  { name: 'xstate custom', kind: 'custom', version, workloads: messageWorkloads(custom) },
  { name: 'xstate', kind: 'transition', version, workloads: messageWorkloads(transition) },
  { name: 'xstate machine', kind: 'machine', version, workloads: machineWorkloads },
];
