// Timers over crashes: where a durable actor begins again it has the timers that its record has, no other, each due when it
// was. What was set in a life that has ended is known here from then, so the record itself is held to it too. While a
// process lives, nothing that becomes of an actor changes when its timers are due, nor does the calendar.

import { limits } from '../../../base/limits.ts';
import type { Cell } from '../../../kernel/cell.ts';
import type { ScheduleEffect } from '../../../kernel/effects.ts';
import { type ActorRecord, actorsOf } from '../../../kernel/recovery/durable-record.ts';
import { actorKey } from '../../../kernel/recovery/actor-keys.ts';
import type { Invariant, InvariantWatch, Life } from '../invariant.ts';
import { type Kept, KeptBeginnings } from './kept-beginnings.ts';

const { auditEvery_steps } = limits.testing;

/** Due times are kept as whole milliseconds. */
const rounding_ms = 1;

interface Due {
  /** Milliseconds of the simulated world. */
  readonly at: number;
  /** How far the calendar was ahead of those. */
  readonly ahead: number;
}

/** By actor and name, the times at which a schedule was due. */
type Ever = Map<string, readonly Due[]>;

interface Armed {
  readonly name: string;
  readonly at: number;
}

/** What is kept of timers is set again for its time, and whoever is not in memory is woken at that time. */
export const timersGoOn: Invariant = {
  name: 'timers that are kept go on, each for its time',
  watch: (run, fail): InvariantWatch => {
    const ever: Ever = new Map();
    let beginnings: KeptBeginnings | undefined;
    let changed: Changed | undefined;
    let ahead = 0;
    let isAsBefore = true;
    let lateBefore: ReadonlySet<string> = new Set();
    const look = ({ kernel: { clock } }: Life): void => {
      const now = clock.wall() - clock.now();
      isAsBefore &&= Math.abs(now - ahead) <= rounding_ms;
      ahead = now;
    };
    return {
      born: (life) => {
        if (run.rots) return;
        const { clock } = life.kernel;
        ahead = life.witness.begun.wall - life.witness.begun.now;
        isAsBefore = true;
        lateBefore = new Set();
        life.witness.on('effect', ({ address }, effect) => {
          if (effect.type !== 'troupe.schedule') return;
          const { id, delayMs } = effect as ScheduleEffect;
          const name = `${address} ${id}`;
          ever.set(name, [...(ever.get(name) ?? []), { at: run.now() + delayMs, ahead: clock.wall() - clock.now() }]);
        });
        beginnings = new KeptBeginnings(life, fail, (cell, kept) => wrongWith(cell, kept, life, ever));
        changed = new Changed(life, ever);
      },
      event: (event) => {
        beginnings?.event(event);
        if (event.type === 'actor.rolledBack') changed?.suspects.delete(event.address);
      },
      step: (life) => {
        beginnings?.step();
        if (run.rots) return;
        changed?.step(fail);
        look(life);
        if (run.step % auditEvery_steps !== 0) return;
        const late = isAsBefore ? overdue(life) : [];
        for (const timer of late) if (lateBefore.has(timer)) fail(`${timer}, and nobody wakes its actor`);
        lateBefore = new Set(late);
      },
    };
  },
};

/** Follows the actors of one life that begin once more in it. */
class Changed {
  /** What is wrong with actors of which may still be said that they have gone on from something older. */
  readonly suspects = new Map<string, string>();
  readonly #seen = new Set<string>();

  constructor({ witness, kernel: { clock } }: Life, ever: Ever) {
    const judge = (cell: Cell): void => {
      const problem = cell.isAlive ? movedOf(cell, clock.now(), ever) : undefined;
      if (problem !== undefined) this.suspects.set(cell.address, problem);
    };
    witness.on('restoring', (cell, isOver) => {
      if (isOver && this.#seen.has(cell.address)) judge(cell);
      else if (isOver) this.#seen.add(cell.address);
    });
    let isOwn = false;
    witness.on('rollingBack', (_cell, record) => {
      isOwn = record?.written === undefined || record.written.now >= witness.begun.now;
    });
    witness.on('rolledBack', (cell) => {
      if (isOwn) judge(cell);
    });
  }

  step(fail: (problem: string) => void): void {
    for (const problem of this.suspects.values()) fail(problem);
    this.suspects.clear();
  }
}

/** What an actor waits for that it has never set for that time. */
function movedOf(cell: Cell, now: number, ever: Ever): string | undefined {
  for (const [id, { timer }] of cell.extras?.schedules ?? []) {
    const set = ever.get(`${cell.address} ${id}`) ?? [];
    if (set.length > 0 && !set.some(({ at }) => isClose(timer.at, Math.max(at, now))))
      return `'${cell.address}' goes on with its timer '${id}' for ${timer.at} ms, and has set it for ${timesOf(set)} ms`;
  }
  return undefined;
}

/** By the record, and by what has been set. What is found to be right is what counts from then on. */
function wrongWith(cell: Cell, { record, at: landedAt }: Kept, life: Life, ever: Ever): string | undefined {
  const { begun } = life.witness;
  const now = life.kernel.clock.now();
  const armed = armedBy(cell);
  const wanted = [...(record.schedules ?? []), ...(record.delays ?? [])];
  const of = `'${cell.address}'`;
  if (armed.length !== wanted.length) {
    const list = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '));
    const [has, had] = [list(armed.map(({ name }) => name)), list(wanted.map(({ id }) => id))];
    return `${of} begins with the timers ${has}, and its record has ${had}`;
  }
  const keptAt = record.written?.wall ?? landedAt;
  for (const { id, due } of wanted) {
    const at = Math.max(now, begun.now + Math.min(due - begun.wall, due - keptAt));
    const same = armed.filter(({ name }) => name === id);
    if (same.length === 0) return `${of} begins without its timer '${id}'`;
    if (!same.some((timer) => isClose(timer.at, at)))
      return `${of} begins with its timer '${id}' for ${same[0]?.at} ms, which was for ${at} ms`;
  }
  const ahead = begun.wall - begun.now;
  const aheadThen = record.written === undefined ? ahead : record.written.wall - record.written.now;
  for (const { id } of record.schedules ?? []) {
    const name = `${cell.address} ${id}`;
    const set = ever.get(name) ?? [];
    const timer = armed.find((each) => each.name === id);
    if (timer === undefined) continue;
    // Where the calendar was changed meanwhile, nobody can say how long the process was down.
    const isTold = isClose(aheadThen, ahead) && set.every((due) => isClose(due.ahead, ahead));
    if (isTold && !set.some(({ at }) => isClose(timer.at, Math.max(at, now))))
      return `${of} begins with its timer '${id}' for ${timer.at} ms, and has set it for ${timesOf(set)} ms`;
    ever.set(name, [{ at: timer.at, ahead }]);
  }
  return undefined;
}

function timesOf(set: readonly Due[]): string {
  return set.map(({ at }) => at).join(', ');
}

/** The timers that an actor waits for: its schedules, and the delays of its machine. */
function armedBy({ extras, actor, shard }: Cell): readonly Armed[] {
  const armed = Array.from(extras?.schedules ?? [], ([name, { timer }]): Armed => ({ name, at: timer.at }));
  if (actor === undefined || shard?.delays === undefined) return armed;
  for (const [each] of actorsOf(actor, [], 0)) {
    for (const { id, timer } of shard.delays.of(each)) armed.push({ name: id, at: timer.at });
  }
  return armed;
}

/** What is past due of the timers of actors that have left memory: a timer of the kernel is to wake them. */
function overdue({ kernel: { store, registry, clock } }: Life): readonly string[] {
  if (store === undefined || registry.passiveSize === 0) return [];
  const prefix = actorKey('');
  const late: string[] = [];
  for (const key of store.keys(prefix)) {
    const address = key.slice(prefix.length);
    const passive = registry.passiveAt(address);
    if (passive === undefined) continue;
    // One that only waits for its turn is not late: time may stand still for long.
    if (passive.timer?.fire !== undefined && passive.timer.at <= clock.now()) continue;
    const { schedules = [], delays = [] } = (store.get(key)?.value ?? {}) as Partial<ActorRecord>;
    for (const { id, due } of [...schedules, ...delays])
      if (due < clock.wall() - rounding_ms) late.push(`the timer '${id}' of '${address}' was due at ${due} ms`);
  }
  return late;
}

function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= rounding_ms;
}
