// A machine that is run without being run: each step is XState's own transition, and what it did is written down:
// which transitions were taken, what each guard said, which states were passed, what was emitted and what is waited
// for. No action of the user is executed, no actor started and no time passes.

import {
  and,
  type AnyActorScope,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyTransitionDefinition,
  createEmptyActor,
  type EventObject,
  type InspectedMicrostepEvent,
} from 'xstate';
import { explicitTime, transitionKey, type Wait, waitBegins, waitEnds } from './rewrite.ts';

type StateNode = AnyStateMachine['root'];

/** Where a model is: XState's snapshot, and the timers and actors that it waits for. */
export interface ModelState {
  readonly status: 'active';
  readonly output: undefined;
  readonly error: undefined;
  readonly snapshot: AnyMachineSnapshot;
  readonly waits: ReadonlyMap<string, Wait>;
}

/** One part of a step: the event itself, a raised event, or an `always`. */
export interface ModelMicrostep {
  readonly event: string;
  /** Keys of transitions. */
  readonly taken: readonly string[];
}

/** What one event did. */
export interface ModelStep {
  /** None for the start. */
  readonly event: AnyEventObject | undefined;
  readonly before: ModelState | undefined;
  readonly after: ModelState;
  readonly emitted: readonly EventObject[];
  readonly microsteps: readonly ModelMicrostep[];
  /** Ids of the states that were active in between or at the end. */
  readonly visited: ReadonlySet<string>;
  readonly guards: readonly { readonly key: string; readonly passed: boolean }[];
  readonly begun: readonly Wait[];
  /** Ids of waits. */
  readonly ended: readonly string[];
  /** What a guard or an action threw; the state is then the one before. */
  readonly thrown?: unknown;
}

/** What is written down while XState works. */
interface Notes {
  emitted: EventObject[];
  microsteps: ModelMicrostep[];
  visited: Set<string>;
  guards: { key: string; passed: boolean }[];
  waits: { begin?: Wait; end?: string }[];
}

const fresh = (): Notes => ({ emitted: [], microsteps: [], visited: new Set(), guards: [], waits: [] });

/** A machine whose steps are written down. */
export class WatchedMachine {
  readonly machine: AnyStateMachine;
  /** Names of guards that the machine uses and does not have. */
  readonly missingGuards: ReadonlySet<string>;
  readonly #keys = new Map<AnyTransitionDefinition, string>();
  readonly #scope: AnyActorScope;
  #notes = fresh();

  constructor(original: AnyStateMachine) {
    const missing = new Set<string>();
    const rewritten = explicitTime(original, (guard, key) => {
      for (const name of guardNames(guard)) if (!(name in original.implementations.guards)) missing.add(name);
      return this.#watch(guard, key);
    });
    // A guard that is not there lets nothing pass; that it is not there is told by name.
    this.machine = rewritten.provide({
      guards: Object.fromEntries([...missing].map((name) => [name, () => false])),
    } as Parameters<AnyStateMachine['provide']>[0]);
    this.missingGuards = missing;
    this.#note(this.machine.root);
    this.#scope = this.#newScope();
  }

  begin(input: unknown): ModelStep {
    return this.#observe(undefined, undefined, () => this.machine.getInitialSnapshot(this.#scope, input));
  }

  step(before: ModelState, event: AnyEventObject): ModelStep {
    return this.#observe(before, event, () => this.machine.transition(before.snapshot, event, this.#scope));
  }

  #observe(
    before: ModelState | undefined,
    event: AnyEventObject | undefined,
    run: () => AnyMachineSnapshot,
  ): ModelStep {
    this.#notes = fresh();
    let snapshot: AnyMachineSnapshot;
    let failure: { readonly thrown: unknown } | undefined;
    try {
      snapshot = run();
      if (before === undefined && snapshot.status === 'error') failure = { thrown: snapshot.error };
    } catch (thrown) {
      failure = { thrown };
      snapshot = before?.snapshot as AnyMachineSnapshot;
    }
    const notes = this.#notes;
    for (const node of snapshot._nodes) notes.visited.add(node.id);
    const waits = new Map(before?.waits);
    if (event !== undefined) waits.delete(waitEndedBy(event));
    for (const { begin, end } of notes.waits) {
      if (begin !== undefined) waits.set(begin.id, begin);
      if (end !== undefined) waits.delete(end);
    }
    return {
      event,
      before,
      after: { status: 'active', output: undefined, error: undefined, snapshot, waits },
      emitted: notes.emitted,
      microsteps: notes.microsteps,
      visited: notes.visited,
      guards: notes.guards,
      begun: notes.waits.flatMap(({ begin }) => begin ?? []),
      ended: notes.waits.flatMap(({ end }) => end ?? []),
      ...failure,
    };
  }

  /** XState's own `and` calls what stands before the guard when it is asked, and what stands after when it has passed. */
  #watch(guard: unknown, key: string): unknown {
    const asked = (): boolean => {
      this.#notes.guards.push({ key, passed: false });
      return true;
    };
    const passed = (): boolean => {
      const { guards } = this.#notes;
      const last = guards.findLastIndex((each) => each.key === key);
      if (last >= 0) guards[last] = { key, passed: true };
      return true;
    };
    return and([asked, guard as () => boolean, passed]);
  }

  #note(node: StateNode): void {
    const lists: [string, readonly AnyTransitionDefinition[]][] = [...node.transitions];
    if (node.always !== undefined) lists.push(['', node.always]);
    for (const [event, transitions] of lists) {
      transitions.forEach((each, index) => this.#keys.set(each, transitionKey(node.id, event, index)));
    }
    for (const child of Object.values(node.states) as readonly StateNode[]) this.#note(child);
  }

  #newScope(): AnyActorScope {
    const self = createEmptyActor();
    self.system.inspect((event) => {
      if (event.type === '@xstate.microstep') this.#noteMicrostep(event);
    });
    const nothing = (): void => undefined;
    return {
      self,
      system: self.system,
      id: '',
      sessionId: '',
      logger: nothing,
      defer: nothing,
      emit: nothing,
      stopChild: nothing,
      actionExecutor: ({ type, params }) => {
        if (type === 'xstate.emit') this.#notes.emitted.push((params as { readonly event: EventObject }).event);
        else if (type === waitBegins) this.#notes.waits.push({ begin: params as Wait });
        else if (type === waitEnds) this.#notes.waits.push({ end: (params as { readonly id: string }).id });
      },
    };
  }

  #noteMicrostep({ event, snapshot, _transitions }: InspectedMicrostepEvent): void {
    const { visited, microsteps } = this.#notes;
    for (const node of (snapshot as AnyMachineSnapshot)._nodes) visited.add(node.id);
    for (const { source } of _transitions) {
      for (let node: StateNode | undefined = source; node !== undefined; node = node.parent) visited.add(node.id);
    }
    const taken = _transitions.flatMap((each) => this.#keys.get(each) ?? []);
    if (taken.length > 0) microsteps.push({ event: event.type, taken });
  }
}

/** The id of the wait that an event ends, whether or not a transition is taken. */
export function waitEndedBy({ type }: AnyEventObject): string {
  return /^xstate\.(?:done|error)\.actor\.(.*)$/s.exec(type)?.[1] ?? type;
}

/** The names in a guard, those inside `and`, `or` and `not` included. */
function guardNames(guard: unknown): readonly string[] {
  if (typeof guard === 'string') return [guard];
  if (typeof guard === 'object' && guard !== null) {
    const { type } = guard as { readonly type?: unknown };
    return typeof type === 'string' ? [type] : [];
  }
  const { guards } = (guard ?? {}) as { readonly guards?: unknown };
  return Array.isArray(guards) ? guards.flatMap(guardNames) : [];
}
