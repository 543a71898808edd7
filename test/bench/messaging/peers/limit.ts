// The limit row: the workloads on the hand-written kernel of `limit-kernel.ts`, with classes that keep their state in fields.
import { bigTargets } from '../big-targets.ts';
import type { Evidence, IdleActors, Peer, RestlessActors, Stopwatch, Workloads } from '../peer.ts';
import { Countdown, Signal } from '../signal.ts';
import { Dispatcher, LimitActor } from './limit-kernel.ts';

interface Message {
  readonly type: string;
  readonly value: number;
}

interface From extends Message {
  readonly from: LimitActor<From>;
}

interface Request extends Message {
  readonly reply: (value: number) => void;
}

/** Counts and sums; calls back when it has handled as many as it was told to expect. */
class Counter extends LimitActor<Message> {
  handled = 0;
  sum = 0;
  readonly #arrived: (counter: Counter) => void;

  constructor(dispatcher: Dispatcher, name: string, arrived: (counter: Counter) => void) {
    super(dispatcher, name);
    this.#arrived = arrived;
  }

  receive(message: Message): void {
    this.handled += 1;
    this.sum += message.value;
    if (message.type === 'last') this.#arrived(this);
  }
}

class Ponger extends LimitActor<From> {
  handled = 0;
  sum = 0;

  receive(message: From): void {
    this.handled += 1;
    this.sum += message.value;
    message.from.tell({ type: 'pong', value: message.value, from: this });
  }
}

class Pinger extends LimitActor<From> {
  handled = 0;
  sum = 0;
  ponger: Ponger | undefined;
  readonly #rounds: number;
  readonly #done: () => void;

  constructor(dispatcher: Dispatcher, name: string, rounds: number, done: () => void) {
    super(dispatcher, name);
    this.#rounds = rounds;
    this.#done = done;
  }

  receive(message: From): void {
    if (message.type === 'pong') {
      this.handled += 1;
      this.sum += message.value;
      if (message.value >= this.#rounds) return this.#done();
    }
    this.ponger?.tell({ type: 'ping', value: message.value + 1, from: this });
  }
}

async function pingPongIn(dispatcher: Dispatcher, rounds: number, watch: Stopwatch): Promise<Evidence> {
  const done = new Signal();
  const pinger = new Pinger(dispatcher, 'pinger', rounds, () => done.resolve());
  const ponger = new Ponger(dispatcher, 'ponger');
  pinger.ponger = ponger;
  watch.start();
  pinger.tell({ type: 'start', value: 0, from: pinger });
  await done.promise;
  watch.stop();
  return { handled: pinger.handled + ponger.handled, sum: pinger.sum + ponger.sum };
}

class Producer extends LimitActor<Message> {
  readonly #counter: Counter;
  readonly #messages: number;
  readonly #burst: number;
  #sent = 0;

  constructor(dispatcher: Dispatcher, name: string, counter: Counter, messages: number, burst: number) {
    super(dispatcher, name);
    this.#counter = counter;
    this.#messages = messages;
    this.#burst = burst;
  }

  receive(): void {
    const end = Math.min(this.#messages, this.#sent + this.#burst);
    while (this.#sent < end) {
      this.#sent += 1;
      this.#counter.tell({ type: this.#sent === end ? 'last' : 'count', value: this.#sent });
    }
  }
}

class Link extends LimitActor<Message> {
  handled = 0;
  sum = 0;
  next: Link | undefined;
  readonly #done: () => void;

  constructor(dispatcher: Dispatcher, name: string, done: () => void) {
    super(dispatcher, name);
    this.#done = done;
  }

  receive(message: Message): void {
    this.handled += 1;
    this.sum += message.value;
    if (message.value === 1) this.#done();
    else this.next?.tell({ type: 'token', value: message.value - 1 });
  }
}

class BigActor extends LimitActor<From> {
  handled = 0;
  sum = 0;
  all: readonly BigActor[] = [];
  readonly #index: number;
  readonly #target: () => number;
  readonly #done: () => void;
  #left: number;

  constructor(dispatcher: Dispatcher, index: number, target: () => number, pings: number, done: () => void) {
    super(dispatcher, `big-${index}`);
    this.#index = index;
    this.#target = target;
    this.#left = pings;
    this.#done = done;
  }

  receive(message: From): void {
    if (message.type === 'ping') {
      this.handled += 1;
      this.sum += this.#index + 1;
      message.from.tell({ type: 'pong', value: 0, from: this });
      return;
    }
    if (message.type === 'pong') {
      this.handled += 1;
      if (this.#left === 0) return this.#done();
    }
    this.#left -= 1;
    this.all[this.#target()]?.tell({ type: 'ping', value: 0, from: this });
  }
}

class Answering extends LimitActor<Request> {
  handled = 0;

  receive(message: Request): void {
    this.handled += 1;
    message.reply(message.value + 1);
  }
}

const askOf = (actor: Answering, value: number): Promise<number> =>
  new Promise((reply) => {
    actor.tell({ type: 'ask', value, reply });
  });

class SelfSender extends LimitActor<Message> {
  handled = 0;

  receive(message: Message): void {
    this.handled += 1;
    this.tell({ type: 'again', value: message.value });
  }
}

const workloads: Partial<Workloads> = {
  pingPong: ({ rounds }, watch) => pingPongIn(new Dispatcher(), rounds, watch),

  async counting({ messages, burst }, watch) {
    const dispatcher = new Dispatcher();
    const done = new Signal();
    const counter = new Counter(dispatcher, 'counter', () => {
      if (counter.handled === messages) done.resolve();
      else producer.tell({ type: 'more', value: 0 });
    });
    const producer = new Producer(dispatcher, 'producer', counter, messages, burst);
    watch.start();
    producer.tell({ type: 'more', value: 0 });
    await done.promise;
    watch.stop();
    return { handled: counter.handled, sum: counter.sum };
  },

  async ring({ actors, hops }, watch) {
    const dispatcher = new Dispatcher();
    const done = new Signal();
    const links = Array.from({ length: actors }, (_, i) => new Link(dispatcher, `link-${i}`, () => done.resolve()));
    for (const [i, link] of links.entries()) link.next = links[(i + 1) % actors];
    watch.start();
    links[0]?.tell({ type: 'token', value: hops });
    await done.promise;
    watch.stop();
    return total(links);
  },

  async forkJoin({ actors, messages, wave }, watch) {
    const dispatcher = new Dispatcher();
    let countdown = new Countdown(actors);
    const counters = Array.from(
      { length: actors },
      (_, i) => new Counter(dispatcher, `worker-${i}`, () => countdown.arrive()),
    );
    watch.start();
    for (let sent = 0; sent < messages;) {
      const end = Math.min(messages, sent + wave);
      countdown = new Countdown(actors);
      while (sent < end) {
        sent += 1;
        for (const counter of counters) counter.tell({ type: sent === end ? 'last' : 'count', value: sent });
      }
      await countdown.promise;
    }
    watch.stop();
    return total(counters);
  },

  async create({ actors, wave }, watch) {
    const dispatcher = new Dispatcher();
    let handled = 0;
    let sum = 0;
    watch.start();
    for (let created = 0; created < actors;) {
      const end = Math.min(actors, created + wave);
      const countdown = new Countdown(end - created);
      while (created < end) {
        const actor = new Counter(dispatcher, `child-${created}`, (counter) => {
          handled += counter.handled;
          sum += counter.sum;
          counter.stop();
          countdown.arrive();
        });
        created += 1;
        actor.tell({ type: 'last', value: created });
      }
      await countdown.promise;
    }
    watch.stop();
    return { handled, sum, stopped: actors - dispatcher.actors.size };
  },

  async big({ actors, pings, seed }, watch) {
    const dispatcher = new Dispatcher();
    const countdown = new Countdown(actors);
    const all = Array.from(
      { length: actors },
      (_, i) => new BigActor(dispatcher, i, bigTargets(seed, i, actors), pings, () => countdown.arrive()),
    );
    for (const actor of all) actor.all = all;
    watch.start();
    for (const actor of all) actor.tell({ type: 'start', value: 0, from: actor });
    await countdown.promise;
    watch.stop();
    return total(all);
  },

  async ask({ asks }, watch) {
    const answering = new Answering(new Dispatcher(), 'answering');
    let sum = 0;
    watch.start();
    for (let value = 1; value <= asks; value += 1) sum += await askOf(answering, value);
    watch.stop();
    return { handled: answering.handled, sum };
  },

  async idle({ actors }): Promise<IdleActors> {
    const dispatcher = new Dispatcher();
    const countdown = new Countdown(actors);
    const arrived = (): void => countdown.arrive();
    const counters = Array.from({ length: actors }, (_, i) => new Counter(dispatcher, `idle-${i}`, arrived));
    return {
      async wake() {
        for (const [i, counter] of counters.entries()) counter.tell({ type: 'last', value: i + 1 });
        await countdown.promise;
        return total(counters);
      },
    };
  },

  async pingPongAmong({ idle, rounds }, watch) {
    const dispatcher = new Dispatcher();
    for (let i = 0; i < idle; i += 1) new Counter(dispatcher, `idle-${i}`, () => undefined);
    return pingPongIn(dispatcher, rounds, watch);
  },

  async spawnAmong({ existing, spawns }, watch) {
    const dispatcher = new Dispatcher();
    const countdown = new Countdown(spawns);
    const arrived = (): void => countdown.arrive();
    for (let i = 0; i < existing; i += 1) new Counter(dispatcher, `child-${i}`, arrived);
    const spawned: Counter[] = [];
    watch.start();
    for (let i = 0; i < spawns; i += 1) spawned.push(new Counter(dispatcher, `child-${existing + i}`, arrived));
    watch.stop();
    for (const counter of spawned) counter.tell({ type: 'last', value: 1 });
    await countdown.promise;
    return total(spawned);
  },

  async restless(): Promise<RestlessActors> {
    const dispatcher = new Dispatcher();
    const pinger = new Pinger(dispatcher, 'pinger', Number.POSITIVE_INFINITY, () => undefined);
    const ponger = new Ponger(dispatcher, 'ponger');
    pinger.ponger = ponger;
    const selfSender = new SelfSender(dispatcher, 'self-sender');
    const answering = new Answering(dispatcher, 'answering');
    pinger.tell({ type: 'start', value: 0, from: pinger });
    selfSender.tell({ type: 'again', value: 0 });
    return {
      ask: (value) => askOf(answering, value),
      async stop() {
        for (const actor of [pinger, ponger, selfSender, answering]) actor.stop();
        return { handled: pinger.handled + ponger.handled + selfSender.handled, sum: 0 };
      },
    };
  },
};

function total(actors: readonly { readonly handled: number; readonly sum: number }[]): Evidence {
  let handled = 0;
  let sum = 0;
  for (const actor of actors) {
    handled += actor.handled;
    sum += actor.sum;
  }
  return { handled, sum };
}

/** The row that all others are multiples of. */
export const peers: readonly Peer[] = [{ name: 'limit', kind: 'plain', version: 'hand-written', workloads }];
