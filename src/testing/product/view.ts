// A world as invariants see it: actors by address with their machines' snapshots, what is on its way, what is open and
// how it ended. Typed by the machines that were given.

import type { AnyEventObject, AnyMachineSnapshot, AnyStateMachine, SnapshotFrom } from 'xstate';
import { type OpenTask, outside, type ProductActor, type TaskOutcome, type World } from './world.ts';

/** The machines of a product, by address. */
export type ActorMachines = Readonly<Record<string, AnyStateMachine>>;

/** An actor as invariants see it. */
export interface ActorView<Snapshot = AnyMachineSnapshot> {
  readonly address: string;
  /** `down` between a crash and the restart. */
  readonly status: ProductActor['status'];
  /** While it is down, the last one it had. */
  readonly snapshot: Snapshot;
}

/** What invariants are asked about. */
export interface ProductWorld<Actors extends ActorMachines = ActorMachines> {
  /** The actors that have a machine of their own, by address. */
  readonly actors: { readonly [Address in keyof Actors]: ActorView<SnapshotFrom<Actors[Address]>> };
  /** Any actor that has a machine, the spawned ones and the product's own included. */
  readonly actor: (address: string) => ActorView | undefined;
  /** Messages that have not been handled. */
  readonly messages: readonly { readonly from: string; readonly to: string; readonly event: AnyEventObject }[];
  /** Tasks that have not settled. */
  readonly tasks: readonly Pick<OpenTask, 'id' | 'type' | 'input' | 'from' | 'to'>[];
  /** How the tasks of the environment ended, by id. */
  readonly outcomes: ReadonlyMap<string, TaskOutcome>;
  /** `print from desk to printer: mailbox full`, each once. */
  readonly deadLetters: readonly string[];
}

/** Shows a world. */
export function viewOf(world: World): ProductWorld {
  const actor = (address: string): ActorView | undefined => {
    const { status, model } = world.actors.get(address) ?? {};
    return status === undefined || model === undefined ? undefined : { address, status, snapshot: model.snapshot };
  };
  return {
    get actors() {
      return Object.fromEntries(
        [...world.actors.keys()].flatMap((address) => {
          const view = actor(address);
          return view === undefined ? [] : [[address, view]];
        }),
      );
    },
    actor,
    get messages() {
      const returned = [...world.actors.values()].flatMap((each) => [...each.stash, ...each.returned]);
      return [...returned, ...[...world.mail.values()].flat()];
    },
    get tasks() {
      return [...world.tasks.values()];
    },
    outcomes: world.outcomes,
    get deadLetters() {
      return [...world.deadLetters.keys()];
    },
  };
}

/** Whoever it is, in words. */
export const nameOf = (from: string): string => (from === outside ? 'the environment' : from);
