// A simulated world: one clock, one disk, one seed, and the lives of a process in it, one after the other. A life is the
// real runtime on the disk as the one before has left it. A killed one is cut off from time and disk; nothing of it
// is stopped, as nothing is when a process is killed.

import type { AnyActorLogic } from 'xstate';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { KernelParts } from '../../kernel/parts.ts';
import type { RuntimeEvent } from '../../observe/events.ts';
import { silentLog } from '../../observe/log.ts';
import { createRuntimeWith, type Runtime } from '../../runtime.ts';
import type { Store } from '../../store/port.ts';
import type { Topology } from '../../topology/define.ts';
import type { Decisions } from '../world/decisions.ts';
import type { SimulatedDisk } from '../world/disk.ts';
import { LifeClock } from '../world/life-clock.ts';
import { seededScheduling } from '../world/seeded-scheduling.ts';
import type { Life } from './invariant.ts';
import { Witness } from './witness.ts';

/** What a world tells of its lives. */
export interface WorldListener {
  readonly born: (life: Life) => void;
  readonly event: (event: RuntimeEvent, life: Life) => void;
  /** Its runtime has started. */
  readonly started: (life: Life) => Promise<void>;
  /** It could not start, or has given up by itself. */
  readonly failed: (life: PresentLife, error: unknown) => void;
  readonly over: (life: Life, how: 'killed' | 'stopped') => void;
}

/** One for all: to make a log takes longer than anything else that a life begins with. */
const log = silentLog();

/** A life that may still be coming into being. */
export class PresentLife implements Life {
  readonly nth: number;
  readonly clock: LifeClock;
  readonly delegationDepth: number;
  store: Store | undefined = undefined;
  state: 'starting' | 'up' | 'failed' | 'stopping' | 'over' = 'starting';
  /** Operations that wait for something. */
  readonly open = new Map<Promise<void>, string>();
  #runtime: Runtime | undefined;
  #kernel: KernelParts | undefined;
  #witness: Witness | undefined;

  constructor(nth: number, clock: LifeClock, delegationDepth: number) {
    this.delegationDepth = delegationDepth;
    this.nth = nth;
    this.clock = clock;
  }

  /** Whether there is a kernel to look at. */
  get isBorn(): boolean {
    return this.#witness !== undefined && this.#runtime !== undefined;
  }

  get runtime(): Runtime {
    return present(this.#runtime, 'runtime');
  }

  get kernel(): KernelParts {
    return present(this.#kernel, 'kernel');
  }

  get witness(): Witness {
    return present(this.#witness, 'witness');
  }

  assembled(parts: KernelParts): void {
    this.#kernel = parts;
    this.#witness = new Witness(parts);
  }

  made(runtime: Runtime): void {
    this.#runtime = runtime;
  }
}

/** The world of one run. */
export class World {
  readonly clock = new VirtualClock();
  readonly disk: SimulatedDisk;
  readonly decisions: Decisions;
  life: PresentLife | undefined = undefined;
  /** Lives so far. */
  lives = 0;
  readonly #topology: Topology;
  readonly #logics: Readonly<Record<string, AnyActorLogic>>;
  readonly #listener: WorldListener;

  constructor(parts: {
    readonly topology: Topology;
    readonly logics: Readonly<Record<string, AnyActorLogic>>;
    readonly decisions: Decisions;
    readonly disk: SimulatedDisk;
    readonly listener: WorldListener;
  }) {
    this.#topology = parts.topology;
    this.#logics = parts.logics;
    this.decisions = parts.decisions;
    this.disk = parts.disk;
    this.#listener = parts.listener;
  }

  /** A process starts. It has started when its state says so. */
  begin(): void {
    this.lives += 1;
    const clock = new LifeClock(this.clock);
    const life = new PresentLife(this.lives, clock, this.#topology.resolved.limits.delegationDepth);
    this.life = life;
    void this.#start(life);
  }

  async #start(life: PresentLife): Promise<void> {
    const { decisions } = this;
    try {
      // A store that is handed to a runtime tells nobody of damage; one that it opens by itself does.
      const store = await this.disk.open(life.clock, (damage) => {
        if (life.state === 'over') return;
        this.#listener.event({ type: 'store.damaged', at: life.clock.wall(), ...damage }, life);
      });
      if (life.state !== 'starting') return;
      life.store = store;
      const runtime = await createRuntimeWith(
        this.#topology,
        {
          clock: life.clock,
          log,
          random: decisions.random(`life ${life.nth}`),
          store,
          logics: this.#logics,
          development: true,
        },
        {
          scheduling: seededScheduling(decisions),
          onKernel: (parts) => {
            life.assembled(parts);
          },
        },
      );
      life.made(runtime);
      runtime.events.on((event) => {
        if (life.state === 'over') return;
        this.#listener.event(event, life);
        if (event.type === 'kernel.fatal') this.#fail(life, event.error);
      });
      this.#listener.born(life);
      await runtime.start();
      if (life.state !== 'starting') return;
      await this.#listener.started(life);
      if (life.state === 'starting') life.state = 'up';
    } catch (error) {
      this.#fail(life, error);
    }
  }

  #fail(life: PresentLife, error: unknown): void {
    if (life.state === 'over' || life.state === 'failed') return;
    life.state = 'failed';
    this.#listener.failed(life, error);
  }

  /** The process is gone from one instant to the next: killed, or with the power. */
  kill(how: 'kill' | 'power'): void {
    const { life } = this;
    if (life === undefined) return;
    life.clock.kill();
    this.disk.crash(how);
    this.#over(life, 'killed');
  }

  /** Stops the process in order. */
  async stop(): Promise<void> {
    const { life } = this;
    if (life === undefined) return;
    life.state = 'stopping';
    await life.runtime.stop();
    await life.store?.close();
    this.#over(life, 'stopped');
  }

  #over(life: PresentLife, how: 'killed' | 'stopped'): void {
    life.state = 'over';
    this.life = undefined;
    if (life.isBorn) life.witness.silence();
    if (life.isBorn) this.#listener.over(life, how);
  }
}

function present<Part>(part: Part | undefined, name: string): Part {
  if (part === undefined) throw new TypeError(`The life has no ${name} yet.`);
  return part;
}
