// The next world while it is being made: a copy of the last one that only holds what changes, with a note of all that
// was read and changed on the way, and of what happened in words.

import type { ModelStep } from '../watched.ts';
import { Footprint } from './footprint.ts';
import type { Message, OpenTask, ProductActor, TaskOutcome, World } from './world.ts';

/** A map of which a copy is made with the first change. */
export class Layer<Value> {
  #map: ReadonlyMap<string, Value>;
  #own: Map<string, Value> | undefined = undefined;

  constructor(base: ReadonlyMap<string, Value>) {
    this.#map = base;
  }

  get map(): ReadonlyMap<string, Value> {
    return this.#map;
  }

  get(key: string): Value | undefined {
    return this.#map.get(key);
  }

  set(key: string, value: Value): void {
    this.#change().set(key, value);
  }

  delete(key: string): void {
    if (this.#map.has(key)) this.#change().delete(key);
  }

  #change(): Map<string, Value> {
    this.#own ??= new Map(this.#map);
    this.#map = this.#own;
    return this.#own;
  }
}

/** Something that must not be. */
export interface Problem {
  /** The invariant that does not hold. */
  readonly invariant: string;
  readonly message: string;
}

/** One machine's part in a step. */
export interface Moment {
  readonly actor: ProductActor;
  readonly step: ModelStep;
}

/** A world in the making. */
export class Draft {
  readonly footprint = new Footprint();
  /** What happened because of it, for people: `tells printer print`. */
  readonly did: string[] = [];
  readonly problems: Problem[] = [];
  readonly moments: Moment[] = [];
  readonly actors: Layer<ProductActor>;
  readonly mail: Layer<readonly Message[]>;
  readonly tasks: Layer<OpenTask>;
  readonly calledOff: Layer<string>;
  readonly subscribers: Layer<readonly string[]>;
  readonly watchers: Layer<readonly string[]>;
  readonly counts: Layer<number>;
  readonly outcomes: Layer<TaskOutcome>;
  readonly deadLetters: Layer<true>;

  constructor(world: World) {
    this.actors = new Layer(world.actors);
    this.mail = new Layer(world.mail);
    this.tasks = new Layer(world.tasks);
    this.calledOff = new Layer(world.calledOff);
    this.subscribers = new Layer(world.subscribers);
    this.watchers = new Layer(world.watchers);
    this.counts = new Layer(world.counts);
    this.outcomes = new Layer(world.outcomes);
    this.deadLetters = new Layer(world.deadLetters);
  }

  /** The world as it has become. */
  get world(): World {
    return {
      actors: this.actors.map,
      mail: this.mail.map,
      tasks: this.tasks.map,
      calledOff: this.calledOff.map,
      subscribers: this.subscribers.map,
      watchers: this.watchers.map,
      counts: this.counts.map,
      outcomes: this.outcomes.map,
      deadLetters: this.deadLetters.map,
    };
  }

  /** An actor whose state this step depends on or changes. */
  actor(address: string): ProductActor | undefined {
    this.footprint.mark(`actor ${address}`, 'writes');
    return this.actors.get(address);
  }

  /** Changes parts of an actor. */
  change(address: string, parts: Partial<ProductActor>): void {
    const actor = this.actor(address);
    if (actor !== undefined) this.actors.set(address, { ...actor, ...parts });
  }

  /** An actor that is there to get messages. */
  receiver(address: string): ProductActor | undefined {
    this.footprint.mark(`life ${address}`, 'reads');
    const actor = this.actors.get(address);
    return actor?.status === 'stopped' ? undefined : actor;
  }

  count(what: string): void {
    this.footprint.mark(`count ${what}`, 'writes');
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  fails(invariant: string, message: string): void {
    this.problems.push({ invariant, message });
  }
}
