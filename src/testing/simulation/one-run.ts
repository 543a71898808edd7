// One seed, from its first step to its end: first with faults, then without, when everything has to settle. Each step is
// one turn of the event loop or one timer, after which whatever must always hold is looked at. The first thing that
// does not hold ends the run.

import { limits } from '../../base/limits.ts';
import type { RuntimeEvent } from '../../observe/events.ts';
import { type Decision, Decisions } from '../world/decisions.ts';
import { SimulatedDisk } from '../world/disk.ts';
import { Ground, type Violation } from './ground.ts';
import type { InvariantWatch, Life, SimulatedRun } from './invariant.ts';
import { type OperationCount, Operations } from './operations.ts';
import type { Plan } from './options.ts';
import { openOf, unsettled, withPatience } from './settling.ts';
import { withStandIns } from './stand-ins.ts';
import { Storm } from './storm.ts';
import { describeEvent } from './trace-event.ts';
import { Trace } from './trace.ts';
import { type PresentLife, World } from './world.ts';

export type { Violation } from './ground.ts';

/** What became of one seed. */
export interface RunOutcome {
  readonly seed: number;
  readonly steps: number;
  readonly lives: number;
  readonly hash: string;
  readonly violation: Violation | undefined;
  readonly last: readonly string[];
  /** Decisions with a value other than 0. */
  readonly decisions: readonly Decision[];
  /** The steps in which decisions were asked for, by kind, in order; only of a script. */
  readonly asked: ReadonlyMap<string, readonly number[]>;
  /** Faults by kind. */
  readonly faults: ReadonlyMap<string, number>;
  readonly operations: ReadonlyMap<string, OperationCount>;
  /** Virtual milliseconds. */
  readonly took_ms: number;
}

/** What decides a run. */
export interface RunScript {
  readonly seed: number;
  /** The decisions that are other than 0; without it, the seed decides. */
  readonly script?: readonly Decision[];
  /** Steps with faults; default the plan's. */
  readonly steps?: number;
}

const { diskDelay_ms, realLife_turns, settle_steps } = limits.testing;
/** Whoever has found the disk broken tries again within this, and may have something to put right. */
const rest_ms = 2 * (limits.task.logRetryMax_ms + diskDelay_ms);

/** Runs one seed. */
export function runOne(plan: Plan, script: RunScript): Promise<RunOutcome> {
  return new OneRun(plan, script).play();
}

class OneRun {
  readonly #steps: number;
  readonly #ground: Ground;
  readonly #world: World;
  readonly #storm: Storm;
  readonly #operations: Operations;
  readonly #watches: readonly InvariantWatch[];
  /** Of the watches, those that look at each step and hear of each event: most of what happens is one of these. */
  readonly #looks: readonly NonNullable<InvariantWatch['step']>[];
  readonly #hearers: readonly NonNullable<InvariantWatch['event']>[];
  readonly #hanging = new Set<() => void>();
  /** What a life told while it was being made. */
  readonly #early: { readonly event: RuntimeEvent; readonly life: Life }[] = [];
  readonly #asked = new Map<string, number[]>();

  constructor(plan: Plan, { seed, script, steps: given = plan.steps }: RunScript) {
    this.#steps = given;
    const decisions = new Decisions(seed, script);
    const { torn, lost, flipped, delayed, full, broken } = plan.odds;
    const rots = decisions.chance('fault.rot', flipped);
    const faults = { torn, lost, flipped: rots ? limits.testing.rotEvery_reads : 0, delayed, full, broken };
    const disk = new SimulatedDisk({ decisions, faults });
    const topology = withStandIns(plan.topology, {
      decisions,
      odds: plan.odds.agent,
      replies: plan.agents,
      clock: () => this.#world.life?.clock ?? this.#world.clock,
      injected: (what) => {
        this.#ground.inject(what);
      },
      hanging: this.#hanging,
    });
    this.#world = new World({
      topology,
      logics: plan.logics,
      decisions,
      disk,
      listener: {
        born: (life) => {
          this.#born(life);
        },
        event: (event, life) => {
          this.#event(event, life);
        },
        started: (life) => this.#started(life),
        failed: (life, error) => {
          this.#storm.lifeFailed(life, error);
        },
        over: (life, how) => {
          for (const watch of this.#watches) watch.over?.(life, how);
        },
      },
    });
    const trace = new Trace(() => this.#world.clock.now());
    this.#ground = new Ground({ plan, decisions, disk, world: this.#world, trace, rots });
    if (script !== undefined) {
      decisions.onAsked = (kind) => {
        const steps = this.#asked.get(kind);
        if (steps === undefined) this.#asked.set(kind, [trace.step]);
        else steps.push(trace.step);
      };
    }
    this.#storm = new Storm(this.#ground);
    this.#operations = new Operations(this.#ground);
    const run = seenBy(this.#world, trace, rots);
    this.#watches = plan.invariants.map(({ name, watch }) =>
      watch(run, (problem) => {
        this.#ground.fail(name, problem);
      }),
    );
    this.#looks = this.#watches.flatMap(({ step }) => step ?? []);
    this.#hearers = this.#watches.flatMap(({ event }) => event ?? []);
  }

  get #isOver(): boolean {
    return this.#ground.violation !== undefined;
  }

  async play(): Promise<RunOutcome> {
    this.#world.begin();
    await this.#stormy();
    if (!this.#isOver) await this.#calm();
    if (!this.#isOver) await this.#end();
    if (this.#world.life !== undefined) this.#world.kill('kill');
    for (const watch of this.#watches) watch.done?.();
    const { decisions, trace, violation, faults } = this.#ground;
    return {
      seed: decisions.seed,
      steps: trace.step,
      lives: this.#world.lives,
      hash: trace.hash,
      violation,
      last: trace.last,
      decisions: decisions.taken,
      asked: this.#asked,
      faults,
      operations: this.#operations.counts,
      took_ms: this.#world.clock.now(),
    };
  }

  /** Faults and work. */
  async #stormy(): Promise<void> {
    await this.#world.clock.drain();
    while (!this.#isOver && this.#ground.trace.step < this.#steps) {
      this.#storm.pass();
      this.#operations.mayBegin();
      await this.#step();
    }
  }

  /** No more faults, no more work: whatever is open comes to its end. */
  async #calm(): Promise<void> {
    const { trace, decisions } = this.#ground;
    const { clock } = this.#world;
    trace.add('calm: no more faults and no new work');
    decisions.calm = true;
    this.#world.disk.heal();
    for (const letGo of Array.from(this.#hanging)) letGo();
    const until = trace.step + settle_steps;
    const rested = clock.now() + rest_ms;
    while (!this.#isOver) {
      const open = clock.readyTurns > 0 ? 'turns wait' : openOf(this.#world.life);
      const waits = open !== undefined || clock.now() < rested;
      if (waits && trace.step < until && (await this.#hasNext())) await this.#step();
      else if (open === undefined) return;
      else this.#ground.fail('everything settles', unsettled(open, trace.step < until));
    }
  }

  /** What must hold at the end, and an orderly stop. */
  async #end(): Promise<void> {
    const { life } = this.#world;
    if (life === undefined) return;
    for (const watch of this.#watches) watch.settled?.(life);
    const moment = this.#ground.moment(life);
    for (const [name, check] of this.#ground.rots ? [] : this.#ground.plan.settled) {
      await this.#drive(name, () => withPatience(() => check(moment), this.#world.clock));
    }
    await this.#drive('the runtime stops in order', () => this.#world.stop());
  }

  /** Lets time go on until something has come to its end. */
  async #drive(name: string, act: () => Promise<void>): Promise<void> {
    if (this.#isOver) return;
    let isOver = false;
    const acted = act().then(
      () => {
        isOver = true;
      },
      (error: unknown) => {
        isOver = true;
        this.#ground.fail(name, error);
      },
    );
    await this.#world.clock.drain();
    const until = this.#ground.trace.step + settle_steps;
    while (!isOver && !this.#isOver) {
      const goesOn = this.#ground.trace.step < until && (await this.#hasNext());
      if (goesOn) await this.#step();
      else if (!isOver) this.#ground.fail(name, unsettled('it has not come to its end', !goesOn));
    }
    if (isOver) await acted;
  }

  /** Whether anything can happen. What waits for a file or a real timer has no place here, and gets a few real turns. */
  async #hasNext(): Promise<boolean> {
    const { clock } = this.#world;
    const isDue = (): boolean => clock.readyTurns > 0 || clock.nextTimerAt !== undefined;
    for (let turn = 0; turn < realLife_turns && !isDue(); turn++) {
      await clock.drain();
    }
    return isDue();
  }

  async #step(): Promise<void> {
    const { clock } = this.#world;
    this.#ground.trace.step += 1;
    try {
      if (clock.readyTurns > 0) await clock.runTurn();
      else if (clock.nextTimerAt !== undefined) await clock.fireNext();
      else await clock.drain();
    } catch (error) {
      this.#ground.fail('nothing throws out of its turn', error);
    }
    const { life } = this.#world;
    if (life === undefined || !life.isBorn || this.#isOver) return;
    for (const look of this.#looks) look(life);
    if (life.state === 'up') this.#check(life);
  }

  #check(life: PresentLife): void {
    const { checks } = this.#ground.plan;
    if (checks.length === 0 || this.#ground.rots) return;
    const moment = this.#ground.moment(life);
    for (const [name, check] of checks) {
      try {
        check(moment);
      } catch (error) {
        this.#ground.fail(name, error);
      }
    }
  }

  #born(life: Life): void {
    for (const watch of this.#watches) watch.born?.(life);
    for (const early of this.#early.splice(0)) {
      if (early.life === life) for (const hear of this.#hearers) hear(early.event, life);
    }
    life.witness.on('handling', (cell, envelope) => {
      this.#ground.trace.add(`${cell.address} handles ${envelope.event.type}`);
    });
  }

  async #started(life: Life): Promise<void> {
    this.#ground.trace.add(`process ${life.nth} has started`);
    await this.#ground.plan.begin?.(this.#ground.moment(life));
  }

  #event(event: RuntimeEvent, life: Life): void {
    this.#ground.trace.add(describeEvent(event));
    if (this.#world.life?.isBorn !== true) {
      this.#early.push({ event, life });
      return;
    }
    for (const hear of this.#hearers) hear(event, life);
  }
}

/** What invariants see of a run. */
function seenBy(world: World, trace: Trace, rots: boolean): SimulatedRun {
  return {
    rots,
    get life() {
      return world.life?.isBorn === true ? world.life : undefined;
    },
    get step() {
      return trace.step;
    },
    now: () => world.clock.now(),
  };
}
