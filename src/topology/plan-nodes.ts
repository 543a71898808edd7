// How a plan is written and what TypeScript can know of it. A plan may be an object literal: types and plain inputs
// are checked, `result` is typed, but inside the literal the functions of one node can't be told the types of the
// others (TypeScript fixes them before it has read the whole literal), so there they see `unknown`. The second
// argument of `plan` builds the same plan node by node, and then everything is typed.

import { InvalidOptionError } from '../base/errors.ts';
import type { Duration } from '../base/duration.ts';
import type { Priority } from '../base/priority.ts';
import type { InputAt, OutputAt } from './context.ts';
import type { Absent } from './options.ts';
import type { Plan, PlanNode } from './resolved.ts';

/** Results by node, where their types can't be known. */
export type UntypedResults = Readonly<Record<string, unknown>>;

interface NodeTiming {
  readonly priority?: Priority;
  /** How long the node's task may take. */
  readonly timeout?: Duration;
}

/** Any value but a function: what `unknown` has to become beside a function for TypeScript to type the latter. */
type PlainValue<Input> = unknown extends Input ? object | string | number | boolean | bigint | null | undefined : Input;

/** A method's parameters are compared both ways, so that `({ files }: { files: string[] }) => …` may be annotated. */
type LooseInput = { fn(results: UntypedResults, item: unknown, index: number): unknown }['fn'];

/** A node in an object literal. `type` decides which input is right. */
export type LiteralNode<Tasks> = {
  [Type in keyof Tasks & string]: NodeTiming & {
    readonly type: Type;
    readonly needs?: readonly string[];
    each?(results: UntypedResults): unknown;
    readonly input?: PlainValue<InputAt<Tasks, Type>> | LooseInput;
  };
}[keyof Tasks & string];

/** A plan as an object literal. */
export type LiteralPlan<Tasks> = Readonly<Record<string, LiteralNode<Tasks>>>;

type ItemOf<Item> = [Item] extends [Absent] ? undefined : Item;

/** A node with everything typed. `Done` are the results of the nodes before it. */
export interface TypedNode<
  Tasks,
  Done,
  Type extends keyof Tasks & string,
  Needs extends keyof Done,
  Item,
> extends NodeTiming {
  readonly type: Type;
  readonly needs?: readonly Needs[];
  /** Makes one task of each item; the node's result is the list of theirs, in the order of the items. */
  readonly each?: (results: Readonly<Pick<Done, Needs>>) => Iterable<Item>;
  readonly input?:
    | PlainValue<InputAt<Tasks, Type>>
    | ((results: Readonly<Pick<Done, Needs>>, item: ItemOf<Item>, index: number) => InputAt<Tasks, Type>);
}

/**
 * Builds a plan node by node; what `plan` is given as its second argument.
 *
 * @example
 * plan: (task, nodes) => nodes
 *   .add('files', { type: 'list', input: { dir: task.input.dir } })
 *   .add('sizes', { type: 'measure', needs: ['files'], each: ({ files }) => files, input: (_, file) => file })
 */
export interface PlanNodes<Tasks, Done = unknown> {
  readonly '~results'?: Done;
  /**
   * The plan with one more node. `each` has to stand before `input` for the item to be typed.
   *
   * @throws INVALID_OPTION when the name is taken.
   */
  add<
    const Name extends string,
    const Type extends keyof Tasks & string,
    const Needs extends keyof Done & string = never,
    Item = Absent,
  >(
    name: Name,
    node: TypedNode<Tasks, Done, Type, Needs, Item>,
  ): PlanNodes<
    Tasks,
    Done & Readonly<Record<Name, [Item] extends [Absent] ? OutputAt<Tasks, Type> : OutputAt<Tasks, Type>[]>>
  >;
}

type LiteralResult<Tasks, Node> = Node extends { readonly type: infer Type }
  ? 'each' extends keyof Node
    ? OutputAt<Tasks, Type>[]
    : OutputAt<Tasks, Type>
  : unknown;

/** The results of a plan, by node. */
export type ResultsOf<Tasks, Given> = Given extends { readonly '~results'?: infer Done }
  ? { readonly [Node in keyof Done]: Done[Node] }
  : { readonly [Node in keyof Given]: LiteralResult<Tasks, Given[Node]> };

/** Collects nodes; each `add` leaves the earlier plan as it was. */
class CollectedNodes {
  readonly #nodes: ReadonlyMap<string, PlanNode>;

  constructor(nodes: ReadonlyMap<string, PlanNode>) {
    this.#nodes = nodes;
  }

  add(name: string, node: PlanNode): CollectedNodes {
    if (this.#nodes.has(name))
      throw new InvalidOptionError('the name of a plan node', name, 'a name that no other node of the plan has');
    return new CollectedNodes(new Map([...this.#nodes, [name, node]]));
  }

  plan(): Plan {
    return Object.fromEntries(this.#nodes);
  }
}

/** A builder without nodes, to hand to `plan`. */
export const noNodes = new CollectedNodes(new Map());

/** What `plan` returned, as plain nodes; not checked yet. */
export function toPlan(returned: unknown): Plan {
  return returned instanceof CollectedNodes ? returned.plan() : (returned as Plan);
}
