// The values that `agent()`, `director()` and `orchestrator()` return: the options as they were given, marked with
// their kind. They are checked by `defineTopology`, where every mistake can be reported with its path. The `~types`
// exist for TypeScript alone and carry what a node accepts and returns.

import type { TaskShape } from './context.ts';

/** Which of the three a node is. */
export type NodeKind = 'agent' | 'director' | 'orchestrator';

/** Marks a declared node, across copies of this package. */
export const nodeBrand: unique symbol = Symbol.for('troupe.node');

/** A declared node, unchecked. */
export interface DeclaredNode<Kind extends NodeKind = NodeKind> {
  readonly [nodeBrand]: true;
  readonly kind: Kind;
  readonly options: unknown;
}

/** A declared agent. `Accepts` is `never` where it takes the key it is declared under. */
export interface Agent<
  Accepts extends string = string,
  Input = unknown,
  Output = unknown,
> extends DeclaredNode<'agent'> {
  readonly '~types'?: { readonly accepts: Accepts; readonly input: Input; readonly output: Output };
}

/** A declared director and the tasks it takes. */
export interface Director<Tasks = unknown> extends DeclaredNode<'director'> {
  readonly '~types'?: { readonly tasks: Tasks };
}

/** A declared orchestrator. `Passed` are the tasks it hands straight on, `never` where it has code or a plan of its own. */
export interface Orchestrator<
  Accepts extends string = string,
  Passed = unknown,
  Input = unknown,
  Output = unknown,
> extends DeclaredNode<'orchestrator'> {
  readonly '~types'?: {
    readonly accepts: Accepts;
    readonly passed: Passed;
    readonly input: Input;
    readonly output: Output;
  };
}

/** Marks options as those of a node. */
export function declareNode<Kind extends NodeKind>(kind: Kind, options: unknown): DeclaredNode<Kind> {
  return Object.freeze({ [nodeBrand]: true as const, kind, options });
}

type TypesOf<Node extends { readonly '~types'?: unknown }> = NonNullable<Node['~types']>;

/** The types that are accepted under a key: those declared, or the key itself. */
export type AcceptedUnder<Accepts extends string, Key extends string> = [Accepts] extends [never] ? Key : Accepts;

/** The tasks of a director's agents. */
export type AgentTasks<Agents extends Readonly<Record<string, Agent>>> = {
  [Key in keyof Agents & string as AcceptedUnder<TypesOf<Agents[Key]>['accepts'], Key>]: {
    readonly input: TypesOf<Agents[Key]>['input'];
    readonly output: TypesOf<Agents[Key]>['output'];
  };
};

type KeysOfAll<Maps> = Maps extends unknown ? keyof Maps & string : never;
type ShapeInAny<Maps, Type> = Maps extends unknown ? (Type extends keyof Maps ? Maps[Type] : never) : never;

/** Several maps of tasks as one. */
export type MergedTasks<Maps> = { [Type in KeysOfAll<Maps>]: ShapeInAny<Maps, Type> };

/** The tasks of an orchestrator's directors. */
export type DirectorTasks<Directors extends Readonly<Record<string, Director>>> = MergedTasks<
  TypesOf<Directors[keyof Directors]>['tasks']
>;

type IsOne<Keys, All = Keys> = [Keys] extends [never]
  ? false
  : Keys extends unknown
    ? [All] extends [Keys]
      ? true
      : false
    : never;

type TasksUnder<Node extends Orchestrator, Key extends string, Default extends string> = [
  TypesOf<Node>['passed'],
] extends [never]
  ? {
      [Type in [TypesOf<Node>['accepts']] extends [never] ? Key | Default : TypesOf<Node>['accepts']]: {
        readonly input: TypesOf<Node>['input'];
        readonly output: TypesOf<Node>['output'];
      };
    }
  : [TypesOf<Node>['accepts']] extends [never]
    ? TypesOf<Node>['passed']
    : Pick<TypesOf<Node>['passed'], TypesOf<Node>['accepts'] & keyof TypesOf<Node>['passed']>;

/** The tasks that a topology takes: those of its orchestrators, and its own name where it has only one. */
export type TopologyTasks<Name extends string, Nodes extends Readonly<Record<string, Orchestrator>>> = MergedTasks<
  {
    [Key in keyof Nodes & string]: TasksUnder<Nodes[Key], Key, IsOne<keyof Nodes> extends true ? Name : never>;
  }[keyof Nodes & string]
>;

/** One shape for every type of a map. */
export type SameShape<Types extends string, Shape extends TaskShape> = { [Type in Types]: Shape };
