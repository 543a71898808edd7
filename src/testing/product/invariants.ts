// What has to hold in every world: the user's own invariants, and those that every product has. A world in which nothing
// more can happen is where waiting for ever shows.

import { placeOf } from '../model-graph.ts';
import { type Action, isOver } from './actions.ts';
import type { Problem } from './draft.ts';
import type { Step } from './steps.ts';
import { nameOf, type ProductWorld, viewOf } from './view.ts';
import { outside, type ProductActor, runtimeLane, type World } from './world.ts';

/** What holds in every product, unless it is allowed not to. */
export const builtInInvariants = ['deadlock', 'unsettled', 'mailbox', 'lost', 'throws', 'effect'] as const;

/**
 * - `deadlock`: nothing can happen any more, and an actor waits for somebody.
 * - `unsettled`: nothing can happen any more, and a task of the environment is open.
 * - `mailbox`: more messages wait for an actor than may.
 * - `lost`: a message or a task goes to an address that no actor has.
 * - `throws`: a machine throws.
 * - `effect`: a machine emits an effect that the runtime refuses.
 */
export type BuiltInInvariant = (typeof builtInInvariants)[number];

/** Checks one thing; throws when it does not hold. */
export type Invariant = (world: ProductWorld) => void;

/** What worlds are held to. */
export interface Rules {
  readonly invariants: Readonly<Record<string, Invariant>>;
  readonly allow: ReadonlySet<string>;
  /** How many messages may wait for one actor. */
  readonly mailbox: number;
  /** Names of the states in which an actor waits for somebody, by address. */
  readonly waits: Readonly<Record<string, readonly string[]>>;
}

/** What went wrong within a step. */
export function problemsOf({ problems }: Step, { allow }: Rules): readonly Problem[] {
  return problems.filter(({ invariant }) => !allow.has(invariant));
}

/** What does not hold in a world. @param actions - All that can happen next. */
export function problemsIn(world: World, actions: readonly Action[], rules: Rules): readonly Problem[] {
  const found = [...crowded(world, rules.mailbox), ...broken(world, rules.invariants)];
  if (isOver(actions)) found.push(...stuck(world, rules));
  return found.filter(({ invariant }) => !rules.allow.has(invariant));
}

function broken(world: World, invariants: Rules['invariants']): readonly Problem[] {
  const view = viewOf(world);
  return Object.entries(invariants).flatMap(([invariant, check]) => {
    try {
      check(view);
      return [];
    } catch (error) {
      return [{ invariant, message: error instanceof Error ? error.message : String(error) }];
    }
  });
}

function crowded({ mail }: World, most: number): readonly Problem[] {
  const waiting = new Map<string, number>();
  for (const messages of mail.values()) {
    const [first] = messages;
    if (first === undefined || first.lane === runtimeLane) continue;
    waiting.set(first.to, (waiting.get(first.to) ?? 0) + messages.length);
  }
  return [...waiting].flatMap(([address, count]) =>
    count <= most
      ? []
      : [{ invariant: 'mailbox', message: `${count} messages wait for ${address}, more than ${most}` }],
  );
}

function stuck(world: World, { waits }: Rules): readonly Problem[] {
  const open = [...world.tasks.values()];
  const inStates = [...world.actors.values()].flatMap((actor) => {
    const named = waits[actor.address] ?? [];
    const places = placesOf(actor).filter((place) => named.includes(place));
    return places.map((place) => `${actor.address} waits in ${place}`);
  });
  const forTasks = open
    .filter(({ from }) => from !== outside)
    .map(({ id, from, to }) => `${from} waits for the task ${id}, which ${describe(world, to)} has`);
  const waiting = [...inStates, ...forTasks];
  const problems: Problem[] = [];
  if (waiting.length > 0)
    problems.push({ invariant: 'deadlock', message: `nothing can happen any more, and ${waiting.join('; ')}` });
  for (const { id, from, to } of open) {
    if (from !== outside) continue;
    const message = `nothing can happen any more, and the task ${id} of ${nameOf(from)} is still with ${describe(world, to)}`;
    problems.push({ invariant: 'unsettled', message });
  }
  return problems;
}

function describe({ actors }: World, address: string): string {
  const actor = actors.get(address);
  if (actor?.role.type !== 'machine' || actor.model === undefined) return address;
  return `${address} (in ${placeOf(actor.role.graph, actor.model.snapshot)})`;
}

/** Names of the states that a machine is in, nested ones and those around them. */
function placesOf({ role, model, status }: ProductActor): readonly string[] {
  if (role.type !== 'machine' || model === undefined || status !== 'running') return [];
  return model.snapshot._nodes.flatMap(({ id }: { readonly id: string }) => role.graph.states.get(id)?.name ?? []);
}
