// The one place that wires everything: kernel, actors, runs, shared state and log, put together from a topology and
// options. Nothing in it is global, so several runtimes live in one process.

import type { Logger } from 'pino';
import { type Desk, targetOf, tellDirector } from '../actors/desk.ts';
import { Reception } from '../actors/reception.ts';
import type { RuntimeOptions, StoreAtHand } from '../actors/settings.ts';
import { restartOf } from '../actors/tree.ts';
import { type Clock, systemClock } from './base/clock.ts';
import { type IdSource, idSource } from './base/ids.ts';
import { type Random, systemRandom } from './base/random.ts';
import type { Scheduling } from './kernel/dispatcher.ts';
import type { KernelParts } from './kernel/parts.ts';
import { Kernel } from './kernel/system.ts';
import { type RuntimeEvent, RuntimeEvents } from './observe/events.ts';
import { inspectorOf } from './observe/inspector.ts';
import { logEvent, logFault, logMachine, silentLog } from './observe/log.ts';
import { memoryStore } from './store/memory.ts';
import type { Store } from './store/port.ts';
import { isPrunable, Retention } from './store/retention.ts';
import { Snapshots } from './store/state/snapshots.ts';
import { VersionedState } from './store/state/state.ts';
import type { ResolvedTopology } from './topology/resolved.ts';
import { routesOf } from './topology/routes.ts';
import { RunLog } from './work/run-log.ts';

/** The parts of a runtime. */
export interface RuntimeParts {
  readonly topology: ResolvedTopology;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: RuntimeEvents;
  readonly emit: (event: RuntimeEvent) => void;
  readonly kernel: Kernel;
  readonly reception: Reception;
  readonly desk: Desk;
  /** What the store keeps of runs; undefined without a store. */
  readonly runs: RunLog | undefined;
  readonly state: VersionedState;
  readonly snapshots: Snapshots;
  /** Forgets what is old; undefined where nothing has to be. */
  readonly retention: Retention | undefined;
  readonly closeStore: () => Promise<void>;
}

/** Where tests and simulations reach into a runtime. */
export interface Seams {
  /** Decides who has the next turn. */
  readonly scheduling?: Scheduling;
  /** Told of the kernel's parts before anything runs. */
  readonly onKernel?: (parts: KernelParts) => void;
}

/** Puts a runtime together. */
export function wire(
  topology: ResolvedTopology,
  options: RuntimeOptions,
  atHand: StoreAtHand,
  seams: Seams = {},
): RuntimeParts {
  const { clock = systemClock, random = systemRandom, log = silentLog() } = options;
  const { store } = atHand;
  const routes = routesOf(topology);
  const newId = idSource(clock, random);
  const events = new RuntimeEvents((error) => {
    logFault(log, error, 'an event listener threw');
  });
  const emit = (event: RuntimeEvent): void => {
    if (event.type === 'kernel.fatal') reception.leave();
    // Whoever finds that the store takes no writes, the kernel is the one that opens it again.
    if (event.type === 'state.writesLost') kernel.storeFailed(event.error);
    tellDirector(kernel, routes, event);
    logEvent(log, event);
    events.emit(event);
  };
  const kernel = kernelOf(topology, options, { clock, random, newId, log, store, emit, seams });
  const runs = store === undefined ? undefined : new RunLog(store, clock);
  const reception = new Reception({ kernel, clock, newId, routes, topology, log: runs, emit });
  // Without a store on disk, shared state lives as long as the process does.
  const kept = store ?? memoryStore(clock);
  const state = new VersionedState({
    store: kept,
    clock,
    random,
    versions: topology.retention.versions,
    onEvent: emit,
  });
  const snapshots = new Snapshots({
    store: kept,
    rollback: (address, version) => kernel.rollbackActor(address, version),
  });
  const desk: Desk = {
    kernel,
    clock,
    random,
    log,
    note: reception.note,
    runs,
    state,
    resolve: (from, toOrType, input) => targetOf(routes, from, toOrType, input),
  };
  const retention = retentionOf(topology, store, clock, emit);
  atHand.news.listen(emit);
  return {
    topology,
    clock,
    log,
    events,
    emit,
    kernel,
    reception,
    desk,
    runs,
    state,
    snapshots,
    retention,
    closeStore: atHand.close,
  };
}

/** Forgets what is old, where something is kept. */
function retentionOf(
  { retention: { ageMs } }: ResolvedTopology,
  store: Store | undefined,
  clock: Clock,
  emit: (event: RuntimeEvent) => void,
): Retention | undefined {
  if (!isPrunable(store)) return undefined;
  return new Retention(store, {
    clock,
    ageMs,
    onPruned: ({ versions, freed_bytes }) => {
      emit({ type: 'store.pruned', at: clock.wall(), versions, freed_bytes });
    },
  });
}

interface KernelNeeds {
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: IdSource;
  readonly log: Logger;
  readonly store: Store | undefined;
  readonly emit: (event: RuntimeEvent) => void;
  readonly seams: Seams;
}

function kernelOf(topology: ResolvedTopology, options: RuntimeOptions, needs: KernelNeeds): Kernel {
  const { clock, random, newId, log, store, emit, seams } = needs;
  const { inspect, logics, development = false } = options;
  return new Kernel({
    clock,
    random,
    newId,
    onEvent: emit,
    log: (...parts) => {
      logMachine(log, parts);
    },
    inspect: inspectorOf(inspect),
    restart: restartOf(topology),
    delegationDepth: topology.limits.delegationDepth,
    store,
    versions: topology.retention.versions,
    ...(logics === undefined ? {} : { logics }),
    development,
    scheduling: seams.scheduling,
    onAssembled: seams.onKernel,
  });
}
