// Where the machine is performed for real: an actor of Troupe's own runtime, on virtual time, in memory. What it
// invokes is replaced by actors that end when the story says so, and what it emits is written down instead of being
// carried out, because the agents and neighbours it speaks to are not there.

import {
  type AnyActorLogic,
  type AnyActorScope,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type EventObject,
  fromPromise,
} from 'xstate';
import { seededRandom } from '../base/random.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { type ActorRef, agent, createRuntime, defineTopology, director, orchestrator } from '../index.ts';
import { withActors } from './rewrite.ts';

/** What a real actor has done since it was last asked. */
export interface Performed {
  readonly snapshot: AnyMachineSnapshot | undefined;
  readonly emitted: readonly EventObject[];
  /** What it threw, if it did. */
  readonly thrown?: unknown;
}

/** A machine that runs in a runtime. */
export interface Stage extends AsyncDisposable {
  /** What happened by itself since the last call. */
  waitUntil(ms: number): Promise<Performed>;
  /** Sends an event, or ends an invoked actor. */
  send(event: AnyEventObject): Promise<Performed>;
}

interface Ending {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** An event that only the runtime may send, as it passes the door. */
const wrapped = 'troupe.model.event';

/** What an actor writes down of itself. */
class Notes {
  snapshot: AnyMachineSnapshot | undefined;
  emitted: EventObject[] = [];
  failure: { readonly thrown: unknown } | undefined;

  take(): Performed {
    const { snapshot, emitted, failure } = this;
    this.emitted = [];
    return { snapshot, emitted, ...failure };
  }
}

/** A runtime in which machines are performed, one after the other. */
export interface Theatre extends AsyncDisposable {
  open(input: unknown): Promise<Stage>;
}

/** Starts a runtime for the performances of a machine. */
export async function openTheatre(machine: AnyStateMachine): Promise<Theatre> {
  const clock = new VirtualClock();
  const runtime = await createRuntime(hall, { clock, random: seededRandom(1) });
  const endings = new Map<string, Ending>();
  const performed = withActors(machine, standIn(endings));
  let actors = 0;
  const settled = async (work: Promise<void>): Promise<void> => {
    await clock.settle();
    await work;
  };
  await settled(runtime.start());
  return {
    async open(input) {
      const notes = new Notes();
      const begin = clock.now();
      let ref: ActorRef | undefined;
      endings.clear();
      try {
        ref = runtime.spawn(noted(performed, notes), { id: `model-${actors++}`, input, child: 'temporary' });
      } catch (thrown) {
        notes.failure ??= { thrown };
      }
      await clock.settle();
      return {
        async waitUntil(ms) {
          const left_ms = begin + ms - clock.now();
          if (left_ms > 0) await clock.advance(left_ms); // else all is settled since the last event
          return notes.take();
        },
        async send(event) {
          if (!endInvoked(event, endings)) ref?.tell(isReserved(event) ? { type: wrapped, event } : event);
          await clock.settle();
          return notes.take();
        },
        async [Symbol.asyncDispose]() {
          if (ref !== undefined) await settled(ref.stop());
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await settled(runtime.stop());
    },
  };
}

/** The smallest topology there is: the actor under test stands beside it. */
const hall = defineTopology({
  name: 'model-test',
  orchestrators: {
    main: orchestrator({ directors: { team: director({ agents: { nobody: agent({ run: () => null }) } }) } }),
  },
});

/** Stands for an invoked actor: it ends when the story says so. */
function standIn(endings: Map<string, Ending>): AnyActorLogic {
  return fromPromise(
    ({ self }) =>
      new Promise((resolve, reject) => {
        endings.set(self.id, { resolve, reject });
      }),
  );
}

function endInvoked({ type, output, error }: AnyEventObject, endings: Map<string, Ending>): boolean {
  const [, kind, id] = /^xstate\.(done|error)\.actor\.(.*)$/s.exec(type) ?? [];
  const ending = endings.get(id ?? '');
  if (ending === undefined || id === undefined) return false;
  endings.delete(id);
  if (kind === 'done') ending.resolve(output);
  else ending.reject(error);
  return true;
}

const reserved = new Set([
  'task.assigned',
  'task.cancelled',
  'delegation.done',
  'delegation.failed',
  'actor.terminated',
]);

function isReserved({ type }: AnyEventObject): boolean {
  return reserved.has(type) || type.startsWith('xstate.');
}

/** The machine, writing down what it does. */
function noted(machine: AnyStateMachine, notes: Notes): AnyActorLogic {
  const scoped = (scope: AnyActorScope): AnyActorScope => ({
    ...scope,
    emit: (event: EventObject) => {
      notes.emitted.push(event);
    },
  });
  const keep = (snapshot: AnyMachineSnapshot): AnyMachineSnapshot => {
    notes.snapshot = snapshot;
    if (snapshot.status === 'error') notes.failure ??= { thrown: snapshot.error };
    return snapshot;
  };
  return {
    config: machine.config,
    getInitialSnapshot: (scope: AnyActorScope, input: unknown) =>
      keep(machine.getInitialSnapshot(scoped(scope), input)),
    transition: (snapshot: AnyMachineSnapshot, event: AnyEventObject, scope: AnyActorScope) => {
      if (event.type === 'xstate.stop') return machine.transition(snapshot, event, scoped(scope)); // the runtime takes it down
      const inner = event.type === wrapped ? (event['event'] as AnyEventObject) : event;
      try {
        return keep(machine.transition(snapshot, inner, scoped(scope)));
      } catch (thrown) {
        notes.failure ??= { thrown };
        throw thrown;
      }
    },
    start: (snapshot: AnyMachineSnapshot) => {
      machine.start(snapshot);
    },
    getPersistedSnapshot: (snapshot: AnyMachineSnapshot) => machine.getPersistedSnapshot(snapshot),
  } as AnyActorLogic;
}
