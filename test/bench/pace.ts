// Whether the core that measures is wholly ours just now. On a shared machine a neighbour on the same core halves what it does,
// for seconds at a time: peers measured in different moments would then be compared by their luck. A fixed piece of arithmetic
// that keeps all units of a core busy shows it (1.9 times slower beside a neighbour, else within 3 % nine times in ten), so
// that it is looked at before and after whatever is timed, and only what was timed on a core of our own counts.
import { env } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const quietPaceVariable = 'TROUPE_BENCH_QUIET_PACE_MS';
const patienceVariable = 'TROUPE_BENCH_PATIENCE_MS';

const rounds = 250_000;
const cells = new Int32Array(4_096);

/** Eight sums that don't wait for each other. */
function work(): number {
  let a = 1;
  let b = 2;
  let c = 3;
  let d = 4;
  let e = 5;
  let f = 6;
  let g = 7;
  let h = 8;
  for (let i = 0; i < rounds; i += 1) {
    const at = i & 4_088;
    a = (Math.imul(a, 3) + (cells[at] ?? 0)) | 0;
    b = ((b ^ a) + 7) | 0;
    c = (Math.imul(c, 5) + (cells[at + 1] ?? 0)) | 0;
    d = ((d + (cells[at + 2] ?? 0)) ^ 3) | 0;
    e = (Math.imul(e, 7) + (cells[at + 3] ?? 0)) | 0;
    f = (f + (cells[at + 4] ?? 0)) | 0;
    g = (Math.imul(g, 9) + (cells[at + 5] ?? 0)) | 0;
    h = (h ^ (cells[at + 6] ?? 0)) | 0;
    cells[at + 7] = h + i;
  }
  return a + b + c + d + e + f + g + h;
}

let sink = 0;

/** Milliseconds of the work, the lesser of two, some 2 ms each. */
function pace_ms(): number {
  let least_ms = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 2; i += 1) {
    const start_ms = performance.now();
    sink += work();
    least_ms = Math.min(least_ms, performance.now() - start_ms);
  }
  return Number.isNaN(sink) ? Number.NaN : least_ms;
}

/** The least of a while: the pace of a core that nobody else uses, unless somebody did all that time. */
function quietPace_ms(duration_ms: number): number {
  let least_ms = Number.POSITIVE_INFINITY;
  for (const until_ms = performance.now() + duration_ms; performance.now() < until_ms;) {
    least_ms = Math.min(least_ms, pace_ms());
  }
  return least_ms;
}

/** A pace up to this many times the quiet one is called quiet. */
const tolerance = 1.12;

/** The environment of children: what the machine does when it is left alone, so that all tell a disturbed pass by the same measure. */
export function childEnvironment(isQuick: boolean): NodeJS.ProcessEnv {
  return {
    ...env,
    NODE_ENV: 'production',
    NODE_NO_WARNINGS: '1',
    [quietPaceVariable]: String(quietPace_ms(2_000)),
    [patienceVariable]: String(isQuick ? 1_000 : 15_000),
  };
}

const warmUp_ms = 60;
const alone_ms = 1_000;
let quiet_ms: number | undefined;

/** How much slower than quiet the core is now: 1 when it is ours, 2 when a neighbour has half of it. */
function slowness(): number {
  quiet_ms ??= firstQuietPace_ms();
  const now_ms = pace_ms();
  quiet_ms = Math.min(quiet_ms, now_ms);
  return now_ms / quiet_ms;
}

/** What the child was told, once the work is compiled; one that is run by hand finds it out itself. */
function firstQuietPace_ms(): number {
  const told_ms = Number(env[quietPaceVariable]);
  const own_ms = quietPace_ms(told_ms > 0 ? warmUp_ms : alone_ms);
  return told_ms > 0 ? told_ms : own_ms;
}

/** Looks at the core at both ends of what is timed. */
export class Stretch {
  readonly #before = slowness();

  /** Ends it. @returns the greater slowness of its ends. */
  end(): number {
    return Math.max(this.#before, slowness());
  }
}

/** Whether what ended with this slowness may count. */
export const isQuiet = (slowest: number): boolean => slowest <= tolerance;

/** What was timed, and how it was got. */
export interface Timed<Value> {
  readonly values: readonly Value[];
  /** Stretches that were timed again because a neighbour was there. */
  readonly repeated: number;
  /** Stretches among `values` that count although a neighbour was there, for want of better ones. */
  readonly disturbed: number;
}

/** The repetitions that no neighbour has disturbed; all when there is none such. */
export function quietest<Repetition extends { readonly disturbed?: number }>(
  repetitions: readonly Repetition[],
): readonly Repetition[] {
  const quiet = repetitions.filter(({ disturbed = 0 }) => disturbed === 0);
  return quiet.length > 0 ? quiet : repetitions;
}

/** So long one row waits for a core of its own, and runs again what was disturbed. */
export const patience_ms = Number(env[patienceVariable] ?? 15_000);
const look_ms = 25;

/** Waits until the core is ours. @returns the milliseconds it took, `most_ms` or a little more when it never was. */
export async function quietMoment(most_ms = patience_ms): Promise<number> {
  const start_ms = performance.now();
  while (performance.now() - start_ms < most_ms && !isQuiet(slowness())) await sleep(look_ms);
  return performance.now() - start_ms;
}

/** Times something until `wanted` stretches of it were quiet, or patience ends; then the least disturbed make up the number. */
export async function quietly<Value>(
  wanted: number,
  time: () => Promise<Value>,
  most_ms = patience_ms,
): Promise<Timed<Value>> {
  const quiet: Value[] = [];
  const others: { readonly value: Value; readonly slowest: number }[] = [];
  let patienceLeft_ms = most_ms;
  while (quiet.length < wanted && (patienceLeft_ms > 0 || quiet.length + others.length < wanted)) {
    patienceLeft_ms -= await quietMoment(patienceLeft_ms);
    const start_ms = performance.now();
    const stretch = new Stretch();
    const value = await time();
    const slowest = stretch.end();
    if (isQuiet(slowest)) quiet.push(value);
    else {
      others.push({ value, slowest });
      patienceLeft_ms -= performance.now() - start_ms;
    }
  }
  const fill = others.toSorted((a, b) => a.slowest - b.slowest).slice(0, wanted - quiet.length);
  return {
    values: [...quiet, ...fill.map(({ value }) => value)],
    repeated: others.length - fill.length,
    disturbed: fill.length,
  };
}
