// nact: functions of (state, message, context), spawned under a system, one `setImmediate` and one promise a message.
import { dispatch, query, spawn, start, stop, type ActorContext, type ActorSystemRef, type Ref } from 'nact';
import { bigTargets } from '../big-targets.ts';
import type { Evidence, IdleActors, Peer, Workloads } from '../peer.ts';
import { Countdown, Signal } from '../signal.ts';
import { versionOf } from '../version-of.ts';

interface Message {
  readonly type: string;
  readonly value: number;
  readonly from?: Ref<Message>;
}

interface State {
  readonly handled: number;
  readonly sum: number;
}

type Behaviour = (state: State, message: Message, context: ActorContext<Message, ActorSystemRef>) => State;

const initialState: State = { handled: 0, sum: 0 };

/** Actors of one system; remembers each actor's last state, as nact offers no way to read it. */
class Family {
  readonly system: ActorSystemRef = start();
  readonly #states: State[] = [];

  spawn(name: string, behaviour: Behaviour): Ref<Message> {
    const index = this.#states.push(initialState) - 1;
    const states = this.#states;
    return spawn(
      this.system,
      (state: State, message: Message, context: ActorContext<Message, ActorSystemRef>): State =>
        (states[index] = behaviour(state, message, context)),
      name,
      { initialState },
    );
  }

  end(): Evidence {
    stop(this.system);
    let handled = 0;
    let sum = 0;
    for (const state of this.#states) {
      handled += state.handled;
      sum += state.sum;
    }
    return { handled, sum };
  }
}

const add = (state: State, message: Message): State => ({ handled: state.handled + 1, sum: state.sum + message.value });

const workloads: Partial<Workloads> = {
  async pingPong({ rounds }, watch) {
    const family = new Family();
    const done = new Signal();
    const ponger = family.spawn('ponger', (state, message, context) => {
      if (message.from !== undefined)
        dispatch(message.from, { type: 'pong', value: message.value, from: context.self });
      return add(state, message);
    });
    const pinger = family.spawn('pinger', (state, message, context) => {
      if (message.value < rounds) dispatch(ponger, { type: 'ping', value: message.value + 1, from: context.self });
      else done.resolve();
      return message.type === 'pong' ? add(state, message) : state;
    });
    watch.start();
    dispatch(pinger, { type: 'start', value: 0 });
    await done.promise;
    watch.stop();
    return family.end();
  },

  async counting({ messages, burst }, watch) {
    const family = new Family();
    const done = new Signal();
    const counter = family.spawn('counter', (state, message) => {
      if (message.type === 'last') {
        if (message.value === messages) done.resolve();
        else if (message.from !== undefined) dispatch(message.from, { type: 'more', value: message.value });
      }
      return add(state, message);
    });
    const producer = family.spawn('producer', (state, message, context) => {
      const end = Math.min(messages, message.value + burst);
      for (let value = message.value + 1; value <= end; value += 1) {
        dispatch(counter, { type: value === end ? 'last' : 'count', value, from: context.self });
      }
      return state;
    });
    watch.start();
    dispatch(producer, { type: 'more', value: 0 });
    await done.promise;
    watch.stop();
    return family.end();
  },

  async ring({ actors, hops }, watch) {
    const family = new Family();
    const done = new Signal();
    const links: Ref<Message>[] = [];
    for (let i = 0; i < actors; i += 1) {
      const next = (i + 1) % actors;
      const link = family.spawn(`link-${i}`, (state, message) => {
        const to = links[next];
        if (message.value === 1) done.resolve();
        else if (to !== undefined) dispatch(to, { type: 'token', value: message.value - 1 });
        return add(state, message);
      });
      links.push(link);
    }
    watch.start();
    for (const first of links.slice(0, 1)) dispatch(first, { type: 'token', value: hops });
    await done.promise;
    watch.stop();
    return family.end();
  },

  async forkJoin({ actors, messages, wave }, watch) {
    const family = new Family();
    let countdown = new Countdown(actors);
    const behaviour: Behaviour = (state, message) => {
      if (message.type === 'last') countdown.arrive();
      return add(state, message);
    };
    const workers = Array.from({ length: actors }, (_, i) => family.spawn(`worker-${i}`, behaviour));
    watch.start();
    for (let sent = 0; sent < messages;) {
      const end = Math.min(messages, sent + wave);
      countdown = new Countdown(actors);
      while (sent < end) {
        sent += 1;
        for (const worker of workers) dispatch(worker, { type: sent === end ? 'last' : 'count', value: sent });
      }
      await countdown.promise;
    }
    watch.stop();
    return family.end();
  },

  async create({ actors, wave }, watch) {
    const system = start();
    let handled = 0;
    let sum = 0;
    let stopped = 0;
    let countdown = new Countdown(0);
    const behaviour: Behaviour = (state, message, context) => {
      handled += 1;
      sum += message.value;
      stop(context.self);
      return state;
    };
    const afterStop = (): void => {
      stopped += 1;
      countdown.arrive();
    };
    watch.start();
    for (let created = 0; created < actors;) {
      const end = Math.min(actors, created + wave);
      countdown = new Countdown(end - created);
      while (created < end) {
        const child = spawn(system, behaviour, `child-${created}`, { initialState, afterStop });
        created += 1;
        dispatch(child, { type: 'count', value: created });
      }
      await countdown.promise;
    }
    watch.stop();
    stop(system);
    return { handled, sum, stopped };
  },

  async big({ actors, pings, seed }, watch) {
    const family = new Family();
    const countdown = new Countdown(actors);
    const all: Ref<Message>[] = [];
    for (let i = 0; i < actors; i += 1) {
      const target = bigTargets(seed, i, actors);
      let left = pings;
      const behaviour: Behaviour = (state, message, context) => {
        if (message.type === 'ping') {
          if (message.from !== undefined) dispatch(message.from, { type: 'pong', value: 0, from: context.self });
          return { handled: state.handled + 1, sum: state.sum + i + 1 };
        }
        const to = left > 0 ? all[target()] : undefined;
        if (to === undefined) countdown.arrive();
        else dispatch(to, { type: 'ping', value: 0, from: context.self });
        left -= 1;
        return message.type === 'pong' ? { handled: state.handled + 1, sum: state.sum } : state;
      };
      all.push(family.spawn(`big-${i}`, behaviour));
    }
    watch.start();
    for (const actor of all) dispatch(actor, { type: 'start', value: 0 });
    await countdown.promise;
    watch.stop();
    return family.end();
  },

  async ask({ asks }, watch) {
    const family = new Family();
    const answering = family.spawn('answering', (state, message) => {
      if (message.from !== undefined) dispatch(message.from, { type: 'answer', value: message.value + 1 });
      return { handled: state.handled + 1, sum: 0 };
    });
    let sum = 0;
    watch.start();
    for (let value = 1; value <= asks; value += 1) {
      const answer = await query(answering, (from: Ref<Message>): Message => ({ type: 'ask', value, from }), 5_000);
      sum += answer.value;
    }
    watch.stop();
    return { handled: family.end().handled, sum };
  },

  async idle({ actors }): Promise<IdleActors> {
    const system = start();
    const countdown = new Countdown(actors);
    let handled = 0;
    let sum = 0;
    const behaviour: Behaviour = (state, message) => {
      handled += 1;
      sum += message.value;
      countdown.arrive();
      return state;
    };
    const all = Array.from({ length: actors }, (_, i) => spawn(system, behaviour, `idle-${i}`, { initialState }));
    return {
      async wake() {
        for (const [i, actor] of all.entries()) dispatch(actor, { type: 'count', value: i + 1 });
        await countdown.promise;
        stop(system);
        return { handled, sum };
      },
    };
  },
};

/** nact. */
export const peers: readonly Peer[] = [{ name: 'nact', kind: 'plain', version: versionOf('nact'), workloads }];
