// Clocks of the durable benchmark: how long a step takes that is awaited, how fast a pipeline runs, and how late a timer
// is meanwhile. Both look at windows, of which those count in which no neighbour was on the core.
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { quietly } from '../pace.ts';
import type { Grouped, OneByOne } from './peer.ts';
import { percentile } from './workload.ts';

const warmUp_share = 0.25;
const window_ms = 500;

const windowsOf = (duration_ms: number): number => Math.max(1, Math.round(duration_ms / window_ms));

/** Times steps that are awaited one by one. */
export async function timeOneByOne(duration_ms: number, step: (index: number) => Promise<unknown>): Promise<OneByOne> {
  let index = 0;
  const stepsOf = async (ms: number): Promise<readonly number[]> => {
    const times: number[] = [];
    for (const began = performance.now(); performance.now() - began < ms; index += 1) {
      const start = performance.now();
      await step(index);
      times.push(performance.now() - start);
    }
    return times;
  };
  await stepsOf(duration_ms * warmUp_share);
  const { values, disturbed } = await quietly(windowsOf(duration_ms), () => stepsOf(window_ms));
  const sorted = values.flat().toSorted((a, b) => a - b);
  const spent_ms = sorted.reduce((sum, time) => sum + time, 0);
  return {
    perSecond: (sorted.length * 1_000) / spent_ms,
    p50_ms: percentile(sorted, 0.5),
    p99_ms: percentile(sorted, 0.99),
    disturbed,
  };
}

/** What a histogram was given: it can't be added to another. */
function samplesOf(delay: IntervalHistogram): readonly number[] {
  const { count } = delay;
  return Array.from({ length: count }, (_, index) => delay.percentile((100 * (index + 1)) / count) / 1e6);
}

/** How far something that runs has come: steps that are on disk. */
export type Progress = () => number;

/** Watches something that runs by itself, after a warm-up. */
export async function timeRunning(duration_ms: number, done: Progress): Promise<Omit<Grouped, 'bytesPerStep'>> {
  await wait(duration_ms * warmUp_share);
  const { values, disturbed } = await quietly(windowsOf(duration_ms), async () => {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const before = done();
    const began = performance.now();
    await wait(window_ms);
    const steps = done() - before;
    const spent_ms = performance.now() - began;
    delay.disable();
    return { steps, spent_ms, delays_ms: samplesOf(delay) };
  });
  const delays_ms = values.flatMap((window) => window.delays_ms).toSorted((a, b) => a - b);
  const steps = values.reduce((sum, window) => sum + window.steps, 0);
  const spent_ms = values.reduce((sum, window) => sum + window.spent_ms, 0);
  return {
    perSecond: (steps * 1_000) / spent_ms,
    loopDelayP99_ms: Math.max(0, percentile(delays_ms, 0.99) - 1),
    disturbed,
  };
}
