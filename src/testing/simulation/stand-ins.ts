// Agents as a simulation has them: each is slow or fast, throws, hangs or answers nonsense as chance decides, and may
// be spoken for by a function of the user's. Its own code runs where there is none, so what it does stays what it is.

import { types } from 'node:util';
import type { Clock } from '../../base/clock.ts';
import type { Topology } from '../../topology/define.ts';
import type { ErasedRun, ResolvedAgent, ResolvedAny, ResolvedTopology } from '../../topology/resolved.ts';
import type { Decisions } from '../world/decisions.ts';
import { hostileOutputs } from './hostile-outputs.ts';
import { type Chance, chanceOf } from './chance.ts';

/** How an agent answers in place of its `run`. */
export type Reply = (
  task: { readonly id: string; readonly type: string; readonly input: never },
  chance: Chance & { readonly attempt: number; readonly signal: AbortSignal },
) => unknown;

/** What stand-ins need of the run. */
export interface StandInParts {
  readonly decisions: Decisions;
  /** Once in so many attempts something is wrong; 0: never. */
  readonly odds: number;
  readonly replies: ReadonlyMap<string, Reply>;
  /** The clock of the life that the attempt is made in. */
  readonly clock: () => Clock;
  /** Told of each fault. */
  readonly injected: (what: string) => void;
  /** Attempts that do nothing until they are told to stop, or nothing fails any more. */
  readonly hanging: Set<() => void>;
}

type Task = Parameters<Reply>[0];
type Context = { readonly signal: AbortSignal; readonly attempt: number };

/** How long an answer takes, in milliseconds; most take no time. */
const latencies_ms = [0, 0, 1, 20, 700] as const;
const wrongs = ['throws', 'throws after its work', 'hangs', 'is late', 'answers nonsense'] as const;

/** Every node of a topology. */
export function eachNode({ orchestrators }: ResolvedTopology): readonly ResolvedAny[] {
  return orchestrators.flatMap((orchestrator) => [
    orchestrator,
    ...orchestrator.directors.flatMap((director) => [director, ...director.agents]),
  ]);
}

/** A topology whose agents chance has a hand in. */
export function withStandIns(topology: Topology, parts: StandInParts): Topology {
  const { resolved } = topology;
  return {
    ...topology,
    resolved: {
      ...resolved,
      orchestrators: resolved.orchestrators.map((orchestrator) => ({
        ...orchestrator,
        directors: orchestrator.directors.map((director) => ({
          ...director,
          agents: director.agents.map((agent) => standIn(agent, parts)),
        })),
      })),
    },
  };
}

function standIn(agent: ResolvedAgent, parts: StandInParts): ResolvedAgent {
  const { run, address } = agent;
  if (run === undefined) return agent;
  const { decisions, odds } = parts;
  const reply = parts.replies.get(address);
  const chance = chanceOf(decisions, `agent.${address}`);
  const work = (task: Task, context: Context): unknown => {
    if (reply === undefined) return (run as unknown as Reply)(task, context as never);
    return reply(task, { ...chance, attempt: context.attempt, signal: context.signal });
  };
  const simulated = (task: Task, context: Context): unknown => {
    const latency_ms = latencies_ms[decisions.choose('agent.latency', latencies_ms.length)] ?? 0;
    const wrong = decisions.sometimes('fault.agent', odds, wrongs.length);
    if (wrong !== 0) {
      const what = wrongs[wrong - 1] ?? 'throws';
      parts.injected(`agent ${what}`);
      return misbehaves(what, () => work(task, context), context, parts);
    }
    const result = work(task, context);
    return latency_ms === 0 || types.isGeneratorObject(result) ? result : after(latency_ms, result, context, parts);
  };
  return { ...agent, run: simulated as unknown as ErasedRun };
}

async function misbehaves(
  what: (typeof wrongs)[number],
  work: () => unknown,
  context: Context,
  parts: StandInParts,
): Promise<unknown> {
  switch (what) {
    case 'throws':
      throw new Error('a simulated failure');
    case 'throws after its work':
      await work();
      throw new Error('a simulated failure after the work');
    case 'hangs':
      await hang(context, parts);
      throw new Error('a simulated failure after a long silence');
    case 'is late': {
      const seconds = parts.decisions.between('fault.agent.lateness', 1, 120);
      const result = work();
      return types.isGeneratorObject(result) ? throughout(result) : after(seconds * 1_000, result, context, parts);
    }
    case 'answers nonsense':
      return hostileOutputs[parts.decisions.choose('fault.agent.nonsense', hostileOutputs.length)]?.();
  }
}

/** A generator that is run to its end by somebody who is late. */
async function throughout(steps: Iterator<unknown> | AsyncIterator<unknown>): Promise<unknown> {
  for (;;) {
    const { done, value } = await steps.next();
    if (done === true) return value;
  }
}

/** Waits in simulated time, unless it is told to stop. What has failed meanwhile is heard of then. */
async function after(
  delay_ms: number,
  result: unknown,
  { signal }: Context,
  { clock }: StandInParts,
): Promise<unknown> {
  if (types.isPromise(result)) result.catch(() => {});
  await new Promise<void>((resolve) => {
    const timer = clock().setTimer(resolve, delay_ms);
    signal.addEventListener('abort', () => {
      clock().clearTimer(timer);
      resolve();
    });
  });
  return result;
}

function hang({ signal }: Context, { hanging }: StandInParts): Promise<void> {
  return new Promise((resolve) => {
    const letGo = (): void => {
      hanging.delete(letGo);
      resolve();
    };
    hanging.add(letGo);
    signal.addEventListener('abort', letGo);
  });
}
