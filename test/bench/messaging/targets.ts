// The targets of the messaging layer, each a ratio within one run or an absolute figure, and whether this run met them.
// A missed target is reported, never fatal: machines differ and are shared.
import { flatProbes } from './probes.ts';
import type { Results } from './results.ts';
import { scenarios } from './scenarios.ts';

/** One line of the verdicts. */
export interface Verdict {
  readonly text: string;
  readonly value: string;
  readonly target: string;
  readonly met: boolean;
}

const toLimit_ratio = 5;
const toNact_ratio = 8;
const machine_ratio = 1.1;
const create_ratio = 1.5;
const machineHeap_bytes = 2_300;
const customHeap_bytes = 1_800;
const flat_ratio = 1.25;
const timerP99_ms = 10;

const titleOf = (id: string): string => scenarios.find((scenario) => scenario.id === id)?.title ?? id;
const times = (ratio: number): string => `${ratio.toFixed(2)}x`;

function atMost(text: string, ratio: number | undefined, limit: number, format: (value: number) => string): Verdict[] {
  if (ratio === undefined || Number.isNaN(ratio)) return [];
  return [{ text, value: format(ratio), target: `at most ${format(limit)}`, met: ratio <= limit }];
}

const divide = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a / b;

function messageVerdicts(results: Results, troupe: string): Verdict[] {
  return ['ping-pong', 'ring', 'counting'].flatMap((id) => {
    const own = results.ns(troupe, id);
    const faster = divide(results.ns('nact', id), own);
    const limit = atMost(
      `${troupe}, ${titleOf(id)}: to the limit`,
      divide(own, results.ns('limit', id)),
      toLimit_ratio,
      times,
    );
    if (faster === undefined) return limit;
    const target = `at least ${times(toNact_ratio)}`;
    return [
      ...limit,
      {
        text: `${troupe}, ${titleOf(id)}: faster than nact`,
        value: times(faster),
        target,
        met: faster >= toNact_ratio,
      },
    ];
  });
}

function flatVerdicts(results: Results, troupe: string): Verdict[] {
  return flatProbes.flatMap((probe) =>
    atMost(`${troupe}, ${probe.title}`, results.flat(troupe, probe.id)?.ratio, flat_ratio, times),
  );
}

/** Verdicts for all troupe rows of the run; empty when there are none. */
export function verdicts(results: Results): readonly Verdict[] {
  const bytes = (value: number): string => `${Math.round(value).toLocaleString('en-US')} B`;
  const ms = (value: number): string => `${value.toFixed(2)} ms`;
  return results.peers
    .filter((peer) => peer.name.startsWith('troupe') && peer.unavailable === null)
    .flatMap(({ name, kind }) => {
      const raw = results.peers.find((peer) => peer.name.startsWith('xstate') && peer.kind === kind)?.name ?? '';
      const isMachine = kind === 'machine';
      const heapLimit_bytes = isMachine ? machineHeap_bytes : customHeap_bytes;
      return [
        ...(isMachine ? [] : messageVerdicts(results, name)),
        ...atMost(
          `${name}, ${titleOf('machine')}: to raw XState`,
          divide(results.ns(name, 'machine'), results.ns(raw, 'machine')),
          machine_ratio,
          times,
        ),
        ...atMost(
          `${name}, ${titleOf('create')}: to raw XState`,
          divide(results.ns(name, 'create'), results.ns(raw, 'create')),
          create_ratio,
          times,
        ),
        ...atMost(`${name}, heap per idle actor`, results.bytes(name), heapLimit_bytes, bytes),
        ...flatVerdicts(results, name),
        ...atMost(`${name}, 1 ms timer late at p99`, results.fairness(name)?.p99_ms, timerP99_ms, ms),
      ];
    });
}
