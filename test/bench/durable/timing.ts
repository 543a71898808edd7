// Clocks of the durable benchmark: how long a step takes that is awaited, how fast a pipeline runs, and how late a timer
// is meanwhile.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Grouped, OneByOne } from './peer.ts';
import { percentile } from './workload.ts';

const warmUp_share = 0.25;

/** Times steps that are awaited one by one. */
export async function timeOneByOne(duration_ms: number, step: (index: number) => Promise<unknown>): Promise<OneByOne> {
  const times: number[] = [];
  const began = performance.now();
  for (let index = 0; performance.now() - began < duration_ms; index += 1) {
    const start = performance.now();
    await step(index);
    times.push(performance.now() - start);
  }
  const kept = times.slice(Math.floor(times.length * warmUp_share));
  const spent_ms = kept.reduce((sum, time) => sum + time, 0);
  const sorted = kept.toSorted((a, b) => a - b);
  return {
    perSecond: (kept.length * 1_000) / spent_ms,
    p50_ms: percentile(sorted, 0.5),
    p99_ms: percentile(sorted, 0.99),
  };
}

/** How far something that runs has come: steps that are on disk. */
export type Progress = () => number;

/** Watches something that runs by itself, after a warm-up. */
export async function timeRunning(duration_ms: number, done: Progress): Promise<Omit<Grouped, 'bytesPerStep'>> {
  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      setTimeout(resolve, ms);
    });
  await wait(duration_ms * warmUp_share);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const before = done();
  const began = performance.now();
  await wait(duration_ms);
  const steps = done() - before;
  const spent_ms = performance.now() - began;
  delay.disable();
  return { perSecond: (steps * 1_000) / spent_ms, loopDelayP99_ms: Math.max(0, delay.percentile(99) / 1e6 - 1) };
}
