// Timers over crashes: where a durable actor begins again it has the timers that its record has, no other, each due when it
// was. What was set in a life that has ended is known here from then, so the record itself is held to it too.

import { limits } from '../../../base/limits.ts';
import type { Cell } from '../../../kernel/cell.ts';
import type { ScheduleEffect } from '../../../kernel/effects.ts';
import { type ActorRecord, actorsOf } from '../../../kernel/recovery/durable-record.ts';
import { actorKey } from '../../../kernel/recovery/restoring.ts';
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

interface Armed {
  readonly name: string;
  readonly at: number;
}

/** What is kept of timers is set again for its time, and whoever is not in memory is woken at that time. */
export const timersGoOn: Invariant = {
  name: 'timers that are kept go on, each for its time',
  watch: (run, fail): InvariantWatch => {
    /** Every time at which a schedule was due that an actor has ever had under a name. */
    const ever = new Map<string, Due[]>();
    let beginnings: KeptBeginnings | undefined;
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
        ahead = clock.wall() - clock.now();
        isAsBefore = true;
        lateBefore = new Set();
        life.witness.on('effect', ({ address }, effect) => {
          if (effect.type !== 'troupe.schedule') return;
          const { id, delayMs } = effect as ScheduleEffect;
          const name = `${address} ${id}`;
          const known = ever.get(name) ?? [];
          ever.set(name, known);
          known.push({ at: run.now() + delayMs, ahead: clock.wall() - clock.now() });
        });
        beginnings = new KeptBeginnings(life, fail, (cell, kept) => wrongWith(cell, kept, life, ever));
      },
      event: (event) => {
        beginnings?.event(event);
      },
      step: (life) => {
        beginnings?.step();
        if (run.rots) return;
        look(life);
        if (run.step % auditEvery_steps !== 0) return;
        const late = isAsBefore ? overdue(life) : [];
        for (const timer of late) if (lateBefore.has(timer)) fail(`${timer}, and nobody wakes its actor`);
        lateBefore = new Set(late);
      },
    };
  },
};

function wrongWith(cell: Cell, kept: Kept, { kernel: { clock } }: Life, ever: Map<string, Due[]>): string | undefined {
  const [now, wall] = [clock.now(), clock.wall()];
  const armed = armedBy(cell);
  const wanted = [...(kept.record.schedules ?? []), ...(kept.record.delays ?? [])];
  const of = `'${cell.address}'`;
  if (armed.length !== wanted.length) {
    const list = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '));
    const [has, had] = [list(armed.map(({ name }) => name)), list(wanted.map(({ id }) => id))];
    return `${of} begins with the timers ${has}, and its record has ${had}`;
  }
  for (const { id, due } of wanted) {
    const at = now + Math.max(0, Math.min(due - wall, due - kept.at));
    const same = armed.filter(({ name }) => name === id);
    if (same.length === 0) return `${of} begins without its timer '${id}'`;
    if (!same.some((timer) => isClose(timer.at, at)))
      return `${of} begins with its timer '${id}' for ${same[0]?.at} ms, which was for ${at} ms`;
  }
  for (const { id } of kept.record.schedules ?? []) {
    const set = ever.get(`${cell.address} ${id}`) ?? [];
    const timer = armed.find(({ name }) => name === id);
    // Where the calendar was changed meanwhile, nobody can say how long the process was down.
    if (timer === undefined || set.some(({ ahead }) => !isClose(ahead, wall - now))) continue;
    if (!set.some(({ at }) => isClose(timer.at, Math.max(at, now))))
      return `${of} begins with its timer '${id}' for ${timer.at} ms, and has set it for ${set.map(({ at }) => at).join(', ')} ms`;
  }
  return undefined;
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
    if (registry.passiveAt(address) === undefined) continue;
    const { schedules = [], delays = [] } = (store.get(key)?.value ?? {}) as Partial<ActorRecord>;
    for (const { id, due } of [...schedules, ...delays])
      if (due < clock.wall() - rounding_ms) late.push(`the timer '${id}' of '${address}' was due at ${due} ms`);
  }
  return late;
}

function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= rounding_ms;
}
