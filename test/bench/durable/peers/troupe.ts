// The durable rows of troupe, through its public surface: a runtime on a store, durable actors, and what they tell each
// other. The built package is loaded (`npm run build` at the root first), by a path that is computed because this file is
// compiled one folder deeper than it lies.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { AnyActorLogic } from 'xstate';
import { assign, fromTransition, setup } from 'xstate';
import type * as Troupe from '../../../../dist/src/index.d.ts';
import type { DurablePeer, Grouped } from '../peer.ts';
import { isQuiet, quietMoment, Stretch } from '../../pace.ts';
import { timeOneByOne, timeRunning } from '../timing.ts';
import { actors, type Message, ringSize, type State, stateOf, stepped } from '../workload.ts';

const { createRuntime, defineTopology, orchestrator, director, agent, effect, tell } = (await import(
  new URL('../../../../../dist/src/index.js', import.meta.url).href
)) as typeof Troupe;

const idle = orchestrator({ directors: { none: director({ agents: { none: agent({ run: () => 0 }) } }) } });
const topology = defineTopology({ name: 'bench', orchestrators: { idle } });
const mailbox = { capacity: 10_000 };

let running = true;
let handled = 0;

/** Keeps its step and tells the next actor, as long as the row runs. */
const stepping = (index: number, next: string): AnyActorLogic =>
  fromTransition((state: State, message: Message, { emit }) => {
    handled += 1;
    if (running) emit(effect.tell(next, { type: 'count', value: message.value + 1 } as Message) as never);
    return stepped(state, message);
  }, stateOf(index)) as AnyActorLogic;

/** The same as a statechart: a state change, an `assign` and a `tell`. */
const machine = (index: number, next: string): AnyActorLogic => {
  const made = setup({
    types: { context: {} as State, events: {} as Message },
    actions: {
      step: assign(({ context, event }) => stepped(context, event)),
      pass: tell(next, ({ event }: { readonly event: Message }) => {
        handled += 1;
        return { type: 'count', value: event.value + 1 };
      }) as never,
    },
  }).createMachine({
    context: stateOf(index),
    initial: 'even',
    states: {
      even: { on: { count: { target: 'odd', actions: ['step', 'pass'] } } },
      odd: { on: { count: { target: 'even', actions: ['step', 'pass'] } } },
    },
  });
  return made as AnyActorLogic;
};

async function runtimeOn(
  folder: string | false,
  logics?: Readonly<Record<string, AnyActorLogic>>,
): Promise<Troupe.Runtime> {
  const runtime = await createRuntime(topology, {
    store: folder === false ? false : { path: join(folder, 'store'), quota: '8GB' },
    ...(logics === undefined ? {} : { logics }),
  });
  await runtime.start();
  return runtime;
}

/** Bytes of every file under a folder. */
function bytesOf(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size;
  }
  return bytes;
}

type Make = (index: number, next: string) => AnyActorLogic;

/** Some actors, each of which passes on what it gets; `tokens` messages go about. */
async function circle(
  folder: string,
  duration_ms: number,
  how: { readonly size: number; readonly tokens: number; readonly durable: boolean; readonly make: Make },
): Promise<Grouped> {
  const runtime = await runtimeOn(how.durable ? folder : false);
  // Far enough apart that neighbours don't share what they touch.
  const next = (index: number): string => `actor-${(index * 7 + 1) % how.size}`;
  const refs = Array.from({ length: how.size }, (_, index) =>
    runtime.spawn(how.make(index, next(index)), { id: `actor-${index}`, durable: how.durable, mailbox }),
  );
  for (let token = 0; token < how.tokens; token += 1) refs[token]?.tell({ type: 'count', value: 0 });
  const result = await timeRunning(duration_ms, () => handled);
  running = false;
  if (how.durable) await runtime.committed();
  await runtime.stop();
  return result;
}

async function bytesPerStep(folder: string): Promise<number> {
  // Every version is kept, so that what a step costs is not hidden by pages that are used again.
  const runtime = await createRuntime(
    defineTopology({ name: 'bench', retention: { versions: 1_000 }, orchestrators: { idle } }),
    { store: { path: join(folder, 'kept'), quota: '8GB' } },
  );
  await runtime.start();
  running = false;
  const refs = Array.from({ length: actors }, (_, index) =>
    runtime.spawn(stepping(index, ''), { id: `actor-${index}`, durable: true, mailbox }),
  );
  const round = async (value: number): Promise<void> => {
    for (const ref of refs) ref.tell({ type: 'count', value });
    await runtime.committed();
  };
  for (let value = 0; value < 20; value += 1) await round(value);
  const before = bytesOf(join(folder, 'kept'));
  const rounds = 100;
  for (let value = 0; value < rounds; value += 1) await round(value);
  const grown = bytesOf(join(folder, 'kept')) - before;
  await runtime.stop();
  return grown / (rounds * actors);
}

const counter = stepping(0, '');

/** Runs a script beside this folder in a process of its own, so that the one that measures begins empty. @returns what it prints. */
function script(name: 'fill' | 'weigh', flags: readonly string[], folder: string, count: number): string {
  const file = fileURLToPath(new URL(`../${name}.js`, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, file, folder, String(count)]);
  if (status !== 0) throw new Error(stderr.toString());
  return stdout.toString();
}

/** Tells each of many actors once. For `fill.js`. */
export async function fillWith(folder: string, known: number): Promise<void> {
  running = false;
  const runtime = await runtimeOn(folder, { counter });
  await tellEach(known, (index) => runtime.spawn(counter, { id: `actor-${index}`, durable: true }), runtime);
  await runtime.stop();
}

/** Tells each of many actors once, a thousand at a time. */
async function tellEach(
  count: number,
  refOf: (index: number) => Troupe.ActorRef | undefined,
  runtime: Troupe.Runtime,
): Promise<void> {
  for (let first = 0; first < count; first += 1_000) {
    for (let index = first; index < Math.min(count, first + 1_000); index += 1) {
      refOf(index)?.tell({ type: 'count', value: index });
    }
    await runtime.committed();
  }
}

/**
 * Tells each of many actors once, lets them leave memory, but for the 10,000 that may be idle in it. For `weigh.js`.
 *
 * @returns the bytes of heap that are left.
 */
export async function weightOf(folder: string, known: number): Promise<number> {
  running = false;
  const runtime = await runtimeOn(folder, { counter });
  await tellEach(known, (index) => runtime.actor(`actor-${index}`), runtime);
  const bytes = await settledHeap();
  await runtime.stop();
  return bytes;
}

/** Bytes of heap once there are no fewer of them a second later. */
async function settledHeap(): Promise<number> {
  for (let before = Number.POSITIVE_INFINITY; ;) {
    globalThis.gc?.();
    const { heapUsed } = process.memoryUsage();
    if (heapUsed > before * 0.999) return heapUsed;
    before = heapUsed;
    await setTimeout(1_000);
  }
}

/** Troupe. */
export const peers: readonly DurablePeer[] = [
  {
    name: 'troupe',
    version: 'troupe',
    unavailable: null,
    rows: {
      async one(folder, duration_ms) {
        running = false;
        const runtime = await runtimeOn(folder);
        const ref = runtime.spawn(stepping(0, ''), { id: 'actor-0', durable: true });
        const result = await timeOneByOne(duration_ms, async (value) => {
          ref.tell({ type: 'count', value });
          await runtime.committed();
        });
        await runtime.stop();
        return result;
      },
      async thousand(folder, duration_ms) {
        const result = await circle(folder, duration_ms, {
          size: actors,
          tokens: actors,
          durable: true,
          make: stepping,
        });
        return { ...result, bytesPerStep: await bytesPerStep(folder) };
      },
      async machines(folder, duration_ms) {
        const how = { size: actors, tokens: actors, make: machine };
        const memory = await circle(folder, duration_ms, { ...how, durable: false });
        handled = 0;
        running = true;
        const durable = await circle(folder, duration_ms, { ...how, durable: true });
        return {
          durable: durable.perSecond,
          memory: memory.perSecond,
          disturbed: durable.disturbed + memory.disturbed,
        };
      },
      ring: (folder, duration_ms) =>
        circle(folder, duration_ms, { size: ringSize, tokens: 1, durable: true, make: stepping }),
      async recovery(folder, known) {
        script('fill', [], folder, known);
        await quietMoment();
        const stretch = new Stretch();
        const start = performance.now();
        const runtime = await runtimeOn(folder, { counter });
        const ms = performance.now() - start;
        const disturbed = isQuiet(stretch.end()) ? 0 : 1;
        const last = runtime.actor(`actor-${known - 1}`);
        if (last === undefined) throw new Error(`actor-${known - 1} is not known after the recovery.`);
        last.tell({ type: 'count', value: 1 });
        await runtime.committed();
        await runtime.stop();
        return { ms, disturbed };
      },
      // From a tenth of them to all: what a process keeps for a store, such as room for the largest record it has read, is
      // no actor's.
      async passivated(folder, known) {
        const few = Math.round(known / 10);
        const weights = [few, known].map((count) => {
          const place = join(folder, String(count));
          mkdirSync(place);
          script('fill', [], place, count);
          return Number(script('weigh', ['--expose-gc'], place, count));
        });
        const [small = NaN, large = NaN] = weights;
        return { bytes: (large - small) / (known - few), disturbed: 0 };
      },
    },
  },
];
