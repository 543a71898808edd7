// effect: an actor is a fiber that takes from a queue for ever. Each fiber takes what is there and offers synchronously
// (`offerUnsafe` on an unbounded queue), which is the fastest form that is still Queue + fiber.
import { Deferred, Effect, Exit, Fiber, Queue } from 'effect';
import { bigTargets } from '../big-targets.ts';
import type { Evidence, IdleActors, Peer, Workloads } from '../peer.ts';
import { Countdown, Signal } from '../signal.ts';
import { versionOf } from '../version-of.ts';

interface Message {
  readonly type: string;
  readonly value: number;
  readonly from?: Actor;
}

type Actor = Queue.Queue<Message>;

const forever = <A>(self: Effect.Effect<A>): Effect.Effect<never> => Effect.forever(self, { disableYield: true });

/** Actors that end together, and what they counted. */
class Family {
  readonly #fibers: Fiber.Fiber<unknown>[] = [];
  handled = 0;
  sum = 0;

  actor(receive: (message: Message, self: Actor) => void): Actor {
    const queue = Effect.runSync(Queue.unbounded<Message>());
    const step = Effect.map(Queue.takeAll(queue), (messages) => {
      for (const message of messages) receive(message, queue);
    });
    this.#fibers.push(Effect.runFork(forever(step)));
    return queue;
  }

  add(value: number): void {
    this.handled += 1;
    this.sum += value;
  }

  async end(): Promise<Evidence> {
    await Effect.runPromise(Fiber.interruptAll(this.#fibers));
    return { handled: this.handled, sum: this.sum };
  }
}

const workloads: Partial<Workloads> = {
  async pingPong({ rounds }, watch) {
    const family = new Family();
    const done = new Signal();
    const ponger = family.actor(({ value, from }, self) => {
      family.add(value);
      if (from !== undefined) Queue.offerUnsafe(from, { type: 'pong', value, from: self });
    });
    const pinger = family.actor(({ type, value }, self) => {
      if (type === 'pong') family.add(value);
      if (value === rounds) done.resolve();
      else Queue.offerUnsafe(ponger, { type: 'ping', value: value + 1, from: self });
    });
    watch.start();
    Queue.offerUnsafe(pinger, { type: 'start', value: 0 });
    await done.promise;
    watch.stop();
    return family.end();
  },

  async counting({ messages, burst }, watch) {
    const family = new Family();
    const done = new Signal();
    const counter = family.actor(({ type, value, from }) => {
      family.add(value);
      if (type !== 'last') return;
      if (value === messages) done.resolve();
      else if (from !== undefined) Queue.offerUnsafe(from, { type: 'more', value });
    });
    const producer = family.actor(({ value: sent }, self) => {
      const end = Math.min(messages, sent + burst);
      for (let value = sent + 1; value <= end; value += 1) {
        Queue.offerUnsafe(counter, { type: value === end ? 'last' : 'count', value, from: self });
      }
    });
    watch.start();
    Queue.offerUnsafe(producer, { type: 'more', value: 0 });
    await done.promise;
    watch.stop();
    return family.end();
  },

  async ring({ actors, hops }, watch) {
    const family = new Family();
    const done = new Signal();
    const links: Actor[] = [];
    for (let i = 0; i < actors; i += 1) {
      const next = (i + 1) % actors;
      const link = family.actor(({ value }) => {
        family.add(value);
        const to = links[next];
        if (value === 1) done.resolve();
        else if (to !== undefined) Queue.offerUnsafe(to, { type: 'token', value: value - 1 });
      });
      links.push(link);
    }
    watch.start();
    for (const first of links.slice(0, 1)) Queue.offerUnsafe(first, { type: 'token', value: hops });
    await done.promise;
    watch.stop();
    return family.end();
  },

  async forkJoin({ actors, messages, wave }, watch) {
    const family = new Family();
    let countdown = new Countdown(actors);
    const workers = Array.from({ length: actors }, () =>
      family.actor(({ type, value }) => {
        family.add(value);
        if (type === 'last') countdown.arrive();
      }),
    );
    watch.start();
    for (let sent = 0; sent < messages;) {
      const end = Math.min(messages, sent + wave);
      countdown = new Countdown(actors);
      while (sent < end) {
        sent += 1;
        for (const worker of workers) Queue.offerUnsafe(worker, { type: sent === end ? 'last' : 'count', value: sent });
      }
      await countdown.promise;
    }
    watch.stop();
    return family.end();
  },

  async create({ actors, wave }, watch) {
    let handled = 0;
    let sum = 0;
    let stopped = 0;
    const live = (queue: Actor): Effect.Effect<void> =>
      Effect.flatMap(Queue.take(queue), ({ value }) => {
        handled += 1;
        sum += value;
        return Effect.asVoid(Queue.shutdown(queue));
      });
    watch.start();
    for (let created = 0; created < actors;) {
      const end = Math.min(actors, created + wave);
      const countdown = new Countdown(end - created);
      while (created < end) {
        const queue = Effect.runSync(Queue.unbounded<Message>());
        const fiber = Effect.runFork(live(queue));
        fiber.addObserver((exit) => {
          if (Exit.isSuccess(exit)) stopped += 1;
          countdown.arrive();
        });
        created += 1;
        Queue.offerUnsafe(queue, { type: 'count', value: created });
      }
      await countdown.promise;
    }
    watch.stop();
    return { handled, sum, stopped };
  },

  async big({ actors, pings, seed }, watch) {
    const family = new Family();
    const countdown = new Countdown(actors);
    const all: Actor[] = [];
    for (let i = 0; i < actors; i += 1) {
      const target = bigTargets(seed, i, actors);
      let left = pings;
      const actor = family.actor(({ type, from }, self) => {
        if (type === 'ping') {
          family.add(i + 1);
          if (from !== undefined) Queue.offerUnsafe(from, { type: 'pong', value: 0, from: self });
          return;
        }
        if (type === 'pong') family.add(0);
        const to = left > 0 ? all[target()] : undefined;
        left -= 1;
        if (to === undefined) countdown.arrive();
        else Queue.offerUnsafe(to, { type: 'ping', value: 0, from: self });
      });
      all.push(actor);
    }
    watch.start();
    for (const actor of all) Queue.offerUnsafe(actor, { type: 'start', value: 0 });
    await countdown.promise;
    watch.stop();
    return family.end();
  },

  async ask({ asks }, watch) {
    interface Request {
      readonly value: number;
      readonly reply: Deferred.Deferred<number>;
    }
    let handled = 0;
    const program = Effect.gen(function* () {
      const queue = yield* Queue.unbounded<Request>();
      const serve = Effect.flatMap(Queue.take(queue), ({ value, reply }) => {
        handled += 1;
        return Deferred.succeed(reply, value + 1);
      });
      const fiber = yield* Effect.forkChild(forever(serve));
      let sum = 0;
      watch.start();
      for (let value = 1; value <= asks; value += 1) {
        const reply = yield* Deferred.make<number>();
        yield* Queue.offer(queue, { value, reply });
        sum += yield* Deferred.await(reply);
      }
      watch.stop();
      yield* Fiber.interrupt(fiber);
      return sum;
    });
    const sum = await Effect.runPromise(program);
    return { handled, sum };
  },

  async idle({ actors }): Promise<IdleActors> {
    const family = new Family();
    const countdown = new Countdown(actors);
    const receive = ({ value }: Message): void => {
      family.add(value);
      countdown.arrive();
    };
    const all = Array.from({ length: actors }, () => family.actor(receive));
    return {
      async wake() {
        for (const [i, actor] of all.entries()) Queue.offerUnsafe(actor, { type: 'count', value: i + 1 });
        await countdown.promise;
        return family.end();
      },
    };
  },
};

/** effect, with a queue and a fiber an actor. */
export const peers: readonly Peer[] = [{ name: 'effect', kind: 'plain', version: versionOf('effect'), workloads }];
