// The rows of troupe itself, through its public surface only: a runtime, `spawn`, `tell`, `ask` and effects as data. The built
// package is loaded (`npm run build` at the root first), by a path that is computed because this file is compiled one
// folder deeper than it lies.
import type { ActorLogic, AnyActorLogic, Snapshot } from 'xstate';
import { fromTransition } from 'xstate';
import type * as Troupe from '../../../../dist/src/index.d.ts';
import { bigTargets } from '../big-targets.ts';
import { countingMachine } from '../machines.ts';
import type { Evidence, IdleActors, Peer, RestlessActors, Stopwatch, Workloads } from '../peer.ts';
import { Countdown, Signal } from '../signal.ts';

const { createRuntime, defineTopology, orchestrator, director, agent, effect } = (await import(
  new URL('../../../../../dist/src/index.js', import.meta.url).href
)) as typeof Troupe;

interface Message {
  readonly type: string;
  readonly value: number;
}

interface State {
  readonly handled: number;
  readonly sum: number;
}

type Effects = ReturnType<(typeof effect)['tell'] | (typeof effect)['reply'] | (typeof effect)['stopSelf']>;
type Active = Snapshot<undefined> & { readonly context: State };
type Behaviour = (state: State, message: Message, emit: (wanted: Effects) => void) => State;
type Wrap = (behaviour: Behaviour) => AnyActorLogic;
type Ref = Troupe.ActorRef<Message, Active>;

const initial: State = { handled: 0, sum: 0 };

const custom: Wrap = (behaviour) => {
  const logic: ActorLogic<Active, Message, unknown, never, Effects> = {
    transition: (snapshot, message, { emit }) => ({
      status: 'active',
      output: undefined,
      error: undefined,
      context: behaviour(snapshot.context, message, emit),
    }),
    getInitialSnapshot: () => ({ status: 'active', output: undefined, error: undefined, context: initial }),
    getPersistedSnapshot: (snapshot) => snapshot,
  };
  return logic as AnyActorLogic;
};

const transition: Wrap = (behaviour) =>
  fromTransition<State, Message, never, undefined, Effects>(
    (state, message, { emit }) => behaviour(state, message, emit),
    initial,
  ) as AnyActorLogic;

/** A runtime that only hosts what a workload spawns. */
async function runtimeOf(): Promise<Troupe.Runtime> {
  const idle = orchestrator({ directors: { none: director({ agents: { none: agent({ run: () => 0 }) } }) } });
  const runtime = await createRuntime(defineTopology({ name: 'bench', orchestrators: { idle } }));
  await runtime.start();
  return runtime;
}

const counted = ({ handled, sum }: State, { value }: Message): State => ({ handled: handled + 1, sum: sum + value });

/** Counts and sums, and calls back with the last message of a burst. */
const counter =
  (arrived: () => void): Behaviour =>
  (state, message) => {
    if (message.type === 'last') arrived();
    return counted(state, message);
  };

const total = (refs: readonly Ref[]): Evidence => {
  let handled = 0;
  let sum = 0;
  for (const ref of refs) {
    const state = ref.snapshot()?.context ?? initial;
    handled += state.handled;
    sum += state.sum;
  }
  return { handled, sum };
};

const mailbox = { capacity: 1_000_000 };

const pinging =
  (rounds: number, done: () => void, to: Ref): Behaviour =>
  (state, message, emit) => {
    if (message.type === 'pong' && message.value >= rounds) done();
    else emit(effect.tell(to, { type: 'ping', value: message.value + 1 } as Message));
    return message.type === 'pong' ? counted(state, message) : state;
  };

const ponging: Behaviour = (state, message, emit) => {
  emit(effect.reply({ type: 'pong', value: message.value } as Message));
  return counted(state, message);
};

async function pingPongIn(runtime: Troupe.Runtime, wrap: Wrap, rounds: number, watch: Stopwatch): Promise<Evidence> {
  const done = new Signal();
  const spawn = (id: string, behaviour: Behaviour): Ref => runtime.spawn(wrap(behaviour), { id }) as Ref;
  const ponger = spawn('ponger', ponging);
  const pinger = spawn(
    'pinger',
    pinging(rounds, () => done.resolve(), ponger),
  );
  watch.start();
  pinger.tell({ type: 'start', value: 0 });
  await done.promise;
  watch.stop();
  await settled();
  const evidence = total([pinger, ponger]);
  await runtime.stop();
  return evidence;
}

/** The turn in which the last message was handled is over. */
const settled = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** One producer that sends in bursts and is told when a burst has been counted. */
function counting(wrap: Wrap): NonNullable<Workloads['counting']> {
  return async ({ messages, burst }, watch) => {
    const runtime = await runtimeOf();
    const done = new Signal();
    let sent = 0;
    const producing: Behaviour = (state, _message, emit) => {
      const end = Math.min(messages, sent + burst);
      while (sent < end) {
        sent += 1;
        emit(effect.tell(counter, { type: sent === end ? 'last' : 'count', value: sent } as Message));
      }
      return state;
    };
    const counting: Behaviour = (state, message, emit) => {
      const next = counted(state, message);
      if (message.type === 'last') {
        if (next.handled === messages) done.resolve();
        else emit(effect.tell('producer', { type: 'more', value: 0 } as Message));
      }
      return next;
    };
    const counter = runtime.spawn(wrap(counting), { id: 'counter', mailbox }) as Ref;
    const producer = runtime.spawn(wrap(producing), { id: 'producer' }) as Ref;
    watch.start();
    producer.tell({ type: 'more', value: 0 });
    await done.promise;
    watch.stop();
    await settled();
    const evidence = total([counter]);
    await runtime.stop();
    return evidence;
  };
}

function ring(wrap: Wrap): NonNullable<Workloads['ring']> {
  return async ({ actors, hops }, watch) => {
    const runtime = await runtimeOf();
    const done = new Signal();
    const link =
      (next: number): Behaviour =>
      (state, message, emit) => {
        if (message.value === 1) done.resolve();
        else emit(effect.tell(links[next % actors] as Ref, { type: 'token', value: message.value - 1 } as Message));
        return counted(state, message);
      };
    const links: Ref[] = Array.from(
      { length: actors },
      (_, i) => runtime.spawn(wrap(link(i + 1)), { id: `link-${i}` }) as Ref,
    );
    watch.start();
    links[0]?.tell({ type: 'token', value: hops });
    await done.promise;
    watch.stop();
    await settled();
    const evidence = total(links);
    await runtime.stop();
    return evidence;
  };
}

function forkJoin(wrap: Wrap): NonNullable<Workloads['forkJoin']> {
  return async ({ actors, messages, wave }, watch) => {
    const runtime = await runtimeOf();
    let countdown = new Countdown(actors);
    const logic = wrap(counter(() => countdown.arrive()));
    const refs = Array.from({ length: actors }, (_, i) => runtime.spawn(logic, { id: `worker-${i}` }) as Ref);
    watch.start();
    for (let sent = 0; sent < messages;) {
      const end = Math.min(messages, sent + wave);
      countdown = new Countdown(actors);
      while (sent < end) {
        sent += 1;
        for (const ref of refs) ref.tell({ type: sent === end ? 'last' : 'count', value: sent });
      }
      await countdown.promise;
    }
    watch.stop();
    await settled();
    const evidence = total(refs);
    await runtime.stop();
    return evidence;
  };
}

function create(wrap: Wrap): NonNullable<Workloads['create']> {
  return async ({ actors, wave }, watch) => {
    const runtime = await runtimeOf();
    let handled = 0;
    let sum = 0;
    let stopped = 0;
    let countdown = new Countdown(1);
    const ending: Behaviour = (state, message, emit) => {
      handled += 1;
      sum += message.value;
      emit(effect.stopSelf());
      return counted(state, message);
    };
    const logic = wrap(ending);
    const ended = (): void => {
      stopped += 1;
      countdown.arrive();
    };
    watch.start();
    for (let created = 0; created < actors;) {
      const end = Math.min(actors, created + wave);
      countdown = new Countdown(end - created);
      while (created < end) {
        const ref = runtime.spawn(logic, { id: `child-${created}` }) as Ref;
        created += 1;
        ref.watch(ended);
        ref.tell({ type: 'last', value: created });
      }
      await countdown.promise;
    }
    watch.stop();
    await runtime.stop();
    return { handled, sum, stopped };
  };
}

function big(wrap: Wrap): NonNullable<Workloads['big']> {
  return async ({ actors, pings, seed }, watch) => {
    const runtime = await runtimeOf();
    const countdown = new Countdown(actors);
    const one = (index: number): Behaviour => {
      const target = bigTargets(seed, index, actors);
      let left = pings;
      return (state, message, emit) => {
        if (message.type === 'ping') {
          emit(effect.reply({ type: 'pong', value: 0 } as Message));
          return { handled: state.handled + 1, sum: state.sum + index + 1 };
        }
        const next = message.type === 'pong' ? { handled: state.handled + 1, sum: state.sum } : state;
        if (message.type === 'pong' && left === 0) countdown.arrive();
        else {
          left -= 1;
          emit(effect.tell(refs[target()] as Ref, { type: 'ping', value: 0 } as Message));
        }
        return next;
      };
    };
    const refs: Ref[] = Array.from(
      { length: actors },
      (_, i) => runtime.spawn(wrap(one(i)), { id: `big-${i}` }) as Ref,
    );
    watch.start();
    for (const ref of refs) ref.tell({ type: 'start', value: 0 });
    await countdown.promise;
    watch.stop();
    await settled();
    const evidence = total(refs);
    await runtime.stop();
    return evidence;
  };
}

const answering: Behaviour = (state, message, emit) => {
  emit(effect.reply({ type: 'answer', value: message.value + 1 } as Message));
  return counted(state, message);
};

function ask(wrap: Wrap): NonNullable<Workloads['ask']> {
  return async ({ asks }, watch) => {
    const runtime = await runtimeOf();
    const ref = runtime.spawn(wrap(answering), { id: 'answering' }) as Ref;
    let sum = 0;
    watch.start();
    for (let value = 1; value <= asks; value += 1) sum += (await ref.ask<Message>({ type: 'ask', value })).value;
    watch.stop();
    const { handled } = total([ref]);
    await runtime.stop();
    return { handled, sum };
  };
}

function idle(wrap: Wrap): NonNullable<Workloads['idle']> {
  return async ({ actors }): Promise<IdleActors> => {
    const runtime = await runtimeOf();
    const countdown = new Countdown(actors);
    const logic = wrap(counter(() => countdown.arrive()));
    for (let i = 0; i < actors; i += 1) runtime.spawn(logic, { id: `idle-${i}` });
    return {
      async wake() {
        const refs = Array.from({ length: actors }, (_, i) => runtime.actor(`idle-${i}`) as unknown as Ref);
        for (const [i, ref] of refs.entries()) ref.tell({ type: 'last', value: i + 1 });
        await countdown.promise;
        await settled();
        const evidence = total(refs);
        await runtime.stop();
        return evidence;
      },
    };
  };
}

function probes(wrap: Wrap): Partial<Workloads> {
  return {
    async pingPongAmong({ idle: existing, rounds }, watch) {
      const runtime = await runtimeOf();
      const logic = wrap(counted);
      for (let i = 0; i < existing; i += 1) runtime.spawn(logic, { id: `idle-${i}` });
      return pingPongIn(runtime, wrap, rounds, watch);
    },

    async spawnAmong({ existing, spawns }, watch) {
      const runtime = await runtimeOf();
      const countdown = new Countdown(spawns);
      const logic = wrap(counter(() => countdown.arrive()));
      for (let i = 0; i < existing; i += 1) runtime.spawn(logic, { id: `child-${i}` });
      const spawned: Ref[] = [];
      watch.start();
      for (let i = 0; i < spawns; i += 1) spawned.push(runtime.spawn(logic, { id: `child-${existing + i}` }) as Ref);
      watch.stop();
      for (const ref of spawned) ref.tell({ type: 'last', value: 1 });
      await countdown.promise;
      await settled();
      const evidence = total(spawned);
      await runtime.stop();
      return evidence;
    },

    async stopAmong({ pending, stops }, watch) {
      const runtime = await runtimeOf();
      const waiting = wrap(counted);
      const sleeper = fromTransition<
        number,
        { readonly type: string },
        never,
        undefined,
        ReturnType<(typeof effect)['schedule']>
      >((count, event, { emit }) => {
        if (event.type === 'sleep') emit(effect.schedule('wake', { type: 'wake' }, 3_600_000));
        return count;
      }, 0);
      for (let i = 0; i < pending; i += 1) runtime.spawn(sleeper, { id: `sleeper-${i}` }).tell({ type: 'sleep' });
      while (runtime.actors().some(({ waiting: messages }) => messages > 0)) await settled();
      const refs = Array.from({ length: stops }, (_, i) => runtime.spawn(waiting, { id: `stopping-${i}` }) as Ref);
      let stopped = 0;
      for (const ref of refs) ref.watch(() => (stopped += 1));
      const countdown: Promise<void>[] = [];
      watch.start();
      for (const ref of refs) countdown.push(ref.stop());
      await Promise.all(countdown);
      watch.stop();
      await runtime.stop();
      return { handled: 0, sum: 0, stopped };
    },

    async restless(): Promise<RestlessActors> {
      const runtime = await runtimeOf();
      const spawn = (id: string, behaviour: Behaviour): Ref => runtime.spawn(wrap(behaviour), { id }) as Ref;
      const again: Behaviour = (state, message, emit) => {
        emit(effect.tell('self-sender', { type: 'again', value: message.value } as Message));
        return counted(state, message);
      };
      const ponger = spawn('ponger', ponging);
      const pinger = spawn(
        'pinger',
        pinging(Number.POSITIVE_INFINITY, () => undefined, ponger),
      );
      const selfSender = spawn('self-sender', again);
      const answerer = spawn('answering', answering);
      pinger.tell({ type: 'start', value: 0 });
      selfSender.tell({ type: 'again', value: 0 });
      return {
        ask: async (value) => (await answerer.ask<Message>({ type: 'ask', value })).value,
        async stop() {
          const evidence = total([pinger, ponger, selfSender]);
          await runtime.stop();
          return { handled: evidence.handled, sum: 0 };
        },
      };
    },
  };
}

function workloadsOf(wrap: Wrap): Partial<Workloads> {
  return {
    pingPong: async ({ rounds }, watch) => pingPongIn(await runtimeOf(), wrap, rounds, watch),
    counting: counting(wrap),
    ring: ring(wrap),
    forkJoin: forkJoin(wrap),
    create: create(wrap),
    big: big(wrap),
    ask: ask(wrap),
    idle: idle(wrap),
    ...probes(wrap),
  };
}

/** The machine rows: the very statechart that raw XState runs. */
const machineWorkloads: Partial<Workloads> = {
  async machineEvents({ messages, burst }, watch) {
    const runtime = await runtimeOf();
    const ref = runtime.spawn(countingMachine, { id: 'counting', mailbox });
    watch.start();
    for (let sent = 0; sent < messages;) {
      const end = Math.min(messages, sent + burst);
      while (sent < end) {
        sent += 1;
        ref.tell({ type: 'count', value: sent });
      }
      while ((ref.snapshot()?.context.count ?? 0) < end) await settled();
    }
    watch.stop();
    const { count = 0, sum = 0 } = ref.snapshot()?.context ?? {};
    await runtime.stop();
    return { handled: count, sum };
  },

  async idle({ actors }): Promise<IdleActors> {
    const runtime = await runtimeOf();
    for (let i = 0; i < actors; i += 1) runtime.spawn(countingMachine, { id: `idle-${i}` });
    return {
      async wake() {
        for (let i = 0; i < actors; i += 1) runtime.actor(`idle-${i}`)?.tell({ type: 'count', value: i + 1 });
        const refs = Array.from(
          { length: actors },
          (_, i) =>
            runtime.actor(`idle-${i}`) as unknown as Troupe.ActorRef<
              never,
              { readonly context: { readonly count: number; readonly sum: number } }
            >,
        );
        while ((refs.at(-1)?.snapshot()?.context.count ?? 0) < 1) await settled();
        let handled = 0;
        let sum = 0;
        for (const ref of refs) {
          handled += ref.snapshot()?.context.count ?? 0;
          sum += ref.snapshot()?.context.sum ?? 0;
        }
        await runtime.stop();
        return { handled, sum };
      },
    };
  },
};

/** Custom logic, transition logic and machines, each through the full path. */
export const peers: readonly Peer[] = [
  { name: 'troupe custom', kind: 'custom', version: 'troupe', workloads: workloadsOf(custom) },
  { name: 'troupe', kind: 'transition', version: 'troupe', workloads: workloadsOf(transition) },
  { name: 'troupe machine', kind: 'machine', version: 'troupe', workloads: machineWorkloads },
];
