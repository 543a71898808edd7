// `npm run soak -- --hours 8`: what only shows after hours. Steady load, churn, a store that is overwritten a million
// times, and for the rest of the time one simulated storm after the other. Ctrl-C ends it with what was found so far;
// a seed that fails is left in the working folder as a regression.

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { churn } from './churn.ts';
import { overwrite } from './overwrite.ts';
import type { Part } from './part.ts';
import { steady } from './steady.ts';
import { storms } from './storms.ts';

const { values } = parseArgs({
  options: {
    hours: { type: 'string' },
    minutes: { type: 'string' },
    'first-seed': { type: 'string' },
  },
});
const minutes = values.hours === undefined ? Number(values.minutes ?? 60) : Number(values.hours) * 60;
const firstSeed = Number(values['first-seed'] ?? Math.floor(Math.random() * 1_000_000_000));
if (!(minutes > 0) || !Number.isSafeInteger(firstSeed) || firstSeed < 0) {
  console.error('usage: npm run soak -- [--hours <n> | --minutes <n>] [--first-seed <n>]; both take positive numbers');
  process.exit(2);
}

let isStopped = false;
process.once('SIGINT', () => {
  isStopped = true;
  console.error('Ending after the present step; Ctrl-C once more ends at once.');
});

const began = performance.now();
const until = began + minutes * 60_000;
const parts: Part[] = [];
const add = (part: Part): void => {
  parts.push(part);
  console.log(`${part.passed ? 'passed' : 'FAILED'}  ${part.id}  ${part.found}`);
};

if (!isStopped) add(await churn(100_000));
if (!isStopped) add(await overwrite(1_000_000));
// An hour of steady load in a night, five minutes at least.
if (!isStopped) add(await steady(Math.min(3_600_000, Math.max(300_000, (minutes * 60_000) / 8)), () => !isStopped));
let told = performance.now();
const night = await storms(firstSeed, (seeds) => {
  if (performance.now() - told > 60_000) {
    told = performance.now();
    console.log(`        storms  ${seeds} seeds, ${Math.round((told - began) / 60_000)} of ${minutes} minutes`);
  }
  return !isStopped && performance.now() < until;
});
add(night);
if (night.regression !== undefined) writeFileSync(night.regression.name, night.regression.text);

console.log(`\n${night.seeds} seeds, ${night.steps} steps, ${night.invariants.length} invariants looked at after each`);
for (const [kind, count] of Object.entries(night.faults).toSorted(([, a], [, b]) => b - a))
  console.log(`${String(count).padStart(10)}  ${kind}`);
console.log(`X03 (restarts of workers) joins with isolated execution.`);
process.exitCode = parts.every(({ passed }) => passed) ? 0 : 1;
