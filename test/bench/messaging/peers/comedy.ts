// comedy: objects whose methods are the message topics, here all in memory. It has no mailbox: each send is a chain of
// bluebird promises. Messages carry plain arguments, and references are taken from closures, both as its manual does.
import comedy from 'comedy';
import type { Actor, ActorRef, ActorSystem } from 'comedy';
import { bigTargets } from '../big-targets.ts';
import type { Evidence, IdleActors, Peer, Workloads } from '../peer.ts';
import { Countdown, Signal } from '../signal.ts';
import { versionOf } from '../version-of.ts';

interface Message {
  readonly value: number;
}

type Topics = Readonly<Record<string, (message: Message) => unknown>>;

/** Actors of one system, and what they counted together. */
class Family {
  readonly #system: ActorSystem = comedy.createSystem({ loggerConfig: { categories: { Default: 'Error' } } });
  handled = 0;
  sum = 0;

  root(): Promise<Actor> {
    return this.#system.rootActor();
  }

  async child(name: string, topics: Topics): Promise<ActorRef> {
    return (await this.root()).createChild(topics, { name });
  }

  add(value: number): void {
    this.handled += 1;
    this.sum += value;
  }

  async end(): Promise<Evidence> {
    await this.#system.destroy();
    return { handled: this.handled, sum: this.sum };
  }
}

const workloads: Partial<Workloads> = {
  async pingPong({ rounds }, watch) {
    const family = new Family();
    const done = new Signal();
    const ponger: ActorRef = await family.child('ponger', {
      ping({ value }) {
        family.add(value);
        void pinger.send('pong', { value });
      },
    });
    const pinger: ActorRef = await family.child('pinger', {
      start: () => void ponger.send('ping', { value: 1 }),
      pong({ value }) {
        family.add(value);
        if (value === rounds) done.resolve();
        else void ponger.send('ping', { value: value + 1 });
      },
    });
    watch.start();
    void pinger.send('start', { value: 0 });
    await done.promise;
    watch.stop();
    return family.end();
  },

  async counting({ messages, burst }, watch) {
    const family = new Family();
    const done = new Signal();
    const counter: ActorRef = await family.child('counter', {
      count({ value }) {
        family.add(value);
        if (value === messages) done.resolve();
        else if (value % burst === 0) void producer.send('more', { value });
      },
    });
    const producer: ActorRef = await family.child('producer', {
      more({ value }) {
        const end = Math.min(messages, value + burst);
        for (let next = value + 1; next <= end; next += 1) void counter.send('count', { value: next });
      },
    });
    watch.start();
    void producer.send('more', { value: 0 });
    await done.promise;
    watch.stop();
    return family.end();
  },

  async ring({ actors, hops }, watch) {
    const family = new Family();
    const done = new Signal();
    const links: ActorRef[] = [];
    for (let i = 0; i < actors; i += 1) {
      const next = (i + 1) % actors;
      const link = await family.child(`link-${i}`, {
        token({ value }) {
          family.add(value);
          if (value === 1) done.resolve();
          else void links[next]?.send('token', { value: value - 1 });
        },
      });
      links.push(link);
    }
    watch.start();
    void links[0]?.send('token', { value: hops });
    await done.promise;
    watch.stop();
    return family.end();
  },

  async forkJoin({ actors, messages, wave }, watch) {
    const family = new Family();
    let countdown = new Countdown(0);
    const workers: ActorRef[] = [];
    for (let i = 0; i < actors; i += 1) {
      const worker = await family.child(`worker-${i}`, {
        count({ value }) {
          family.add(value);
          countdown.arrive();
        },
      });
      workers.push(worker);
    }
    watch.start();
    for (let sent = 0; sent < messages;) {
      const end = Math.min(messages, sent + wave);
      countdown = new Countdown(actors * (end - sent));
      while (sent < end) {
        sent += 1;
        for (const worker of workers) void worker.send('count', { value: sent });
      }
      await countdown.promise;
    }
    watch.stop();
    return family.end();
  },

  async create({ actors, wave }, watch) {
    const family = new Family();
    const root = await family.root();
    const topics: Topics = { count: ({ value }) => family.add(value) };
    let stopped = 0;
    const live = async (index: number): Promise<void> => {
      const child = await root.createChild(topics, { name: `child-${index}` });
      await child.send('count', { value: index + 1 });
      await child.destroy();
      stopped += 1;
    };
    watch.start();
    for (let created = 0; created < actors; created += wave) {
      const length = Math.min(wave, actors - created);
      await Promise.all(Array.from({ length }, (_, i) => live(created + i)));
    }
    watch.stop();
    return { ...(await family.end()), stopped };
  },

  async big({ actors, pings, seed }, watch) {
    const family = new Family();
    const countdown = new Countdown(actors);
    const all: ActorRef[] = [];
    for (let i = 0; i < actors; i += 1) {
      const target = bigTargets(seed, i, actors);
      let left = pings;
      const ping = (): void => {
        left -= 1;
        void all[target()]?.send('ping', { value: i });
      };
      const actor = await family.child(`big-${i}`, {
        start: ping,
        ping({ value }) {
          family.add(i + 1);
          void all[value]?.send('pong', { value: 0 });
        },
        pong() {
          family.add(0);
          if (left === 0) countdown.arrive();
          else ping();
        },
      });
      all.push(actor);
    }
    watch.start();
    for (const actor of all) void actor.send('start', { value: 0 });
    await countdown.promise;
    watch.stop();
    return family.end();
  },

  async ask({ asks }, watch) {
    const family = new Family();
    const answering = await family.child('answering', {
      ask({ value }) {
        family.add(value);
        return value + 1;
      },
    });
    let sum = 0;
    watch.start();
    for (let value = 1; value <= asks; value += 1) {
      const answer: number = await answering.sendAndReceive('ask', { value });
      sum += answer;
    }
    watch.stop();
    return { handled: (await family.end()).handled, sum };
  },

  async idle({ actors }): Promise<IdleActors> {
    const family = new Family();
    const countdown = new Countdown(actors);
    const topics: Topics = {
      count({ value }) {
        family.add(value);
        countdown.arrive();
      },
    };
    const all: ActorRef[] = [];
    for (let i = 0; i < actors; i += 1) all.push(await family.child(`idle-${i}`, topics));
    return {
      async wake() {
        for (const [i, actor] of all.entries()) void actor.send('count', { value: i + 1 });
        await countdown.promise;
        // `destroy` of the whole system is quadratic in the number of children: the process ends soon anyway
        return { handled: family.handled, sum: family.sum };
      },
    };
  },
};

/** comedy, with actors in memory. */
export const peers: readonly Peer[] = [{ name: 'comedy', kind: 'plain', version: versionOf('comedy'), workloads }];
