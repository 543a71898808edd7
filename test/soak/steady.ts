// X01: five hundred messages a second, for as long as somebody likes: the heap's slope, timers and handles stay flat.

import { createRuntime } from 'troupe';
import { house } from '../simulation/house.ts';
import { counter } from '../simulation/house-actors.ts';
import { heap, type Part } from './part.ts';

const rate = 500;
const slope_bytesPerHour = 1_000_000;
const warm = 0.2;
const actors = 50;

interface Sample {
  readonly at_ms: number;
  readonly bytes: number;
}

/** X01. @param goesOn - Asked every few milliseconds. */
export async function steady(lasts_ms: number, goesOn: () => boolean): Promise<Part> {
  await using runtime = await createRuntime(house);
  await runtime.start();
  const refs = Array.from({ length: actors }, (_, n) => runtime.spawn(counter, { id: `counter-${n}` }));
  const began = performance.now();
  const samples: Sample[] = [];
  const handles: number[] = [];
  let sent = 0;
  let next_ms = lasts_ms * warm;
  while (goesOn() && performance.now() - began < lasts_ms) {
    const due = Math.floor(((performance.now() - began) / 1_000) * rate);
    for (; sent < due; sent++) refs[sent % actors]?.tell({ type: 'add', n: 1 });
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
    const at_ms = performance.now() - began;
    if (at_ms < next_ms) continue;
    next_ms += (lasts_ms * (1 - warm)) / 40;
    samples.push({ at_ms, bytes: heap() });
    handles.push(process.getActiveResourcesInfo().length);
  }
  const slope = slopeOf(samples) * 3_600_000;
  const grown = Math.max(...handles) - Math.min(...handles);
  return {
    id: 'X01',
    passed: slope < slope_bytesPerHour && grown <= 1,
    found: `${sent} messages at ${rate} a second: heap ${(slope / 1_000_000).toFixed(2)} MB an hour, handles within ${grown}`,
  };
}

/** The slope of the line through the samples by least squares, in bytes a millisecond. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [x, y] = [mean(({ at_ms }) => at_ms), mean(({ bytes }) => bytes)];
  const spread = samples.reduce((sum, { at_ms }) => sum + (at_ms - x) ** 2, 0);
  const joint = samples.reduce((sum, { at_ms, bytes }) => sum + (at_ms - x) * (bytes - y), 0);
  return spread === 0 ? 0 : joint / spread;
}
