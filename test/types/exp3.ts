import type { StandardSchemaV1 } from '@standard-schema/spec';
import { z } from 'zod';

export interface AssignedTask<I = unknown> { id: string; type: string; input: I }
export interface Ctx<C = unknown> { readonly checkpoint: C | undefined; readonly signal: AbortSignal }
type RunResult<T, C> = T | Promise<T> | Generator<C, T, unknown> | AsyncGenerator<C, T, unknown>;
export interface Absent { readonly '~absent': true }
type Pick1<S, R> = [S] extends [Absent] ? R : S;
export interface Agent<A extends string = string, I = unknown, O = unknown> { readonly '~types'?: { accepts: A; input: I; output: O } }



type Returned<R> = R extends AsyncGenerator<unknown, infer T, unknown> ? T : R extends Generator<unknown, infer T, unknown> ? T : Awaited<R>;
declare function agent<const A extends string = never, Raw = unknown, In = Raw, S = unknown, const R extends RunResult<S, C> = S, Out = Returned<R>, C = unknown>(options: {
  accepts?: A | readonly A[];
  input?: StandardSchemaV1<Raw, In>;
  instances?: number;
  output?: StandardSchemaV1<S, Out>;
  run?: (task: AssignedTask<In>, ctx: Ctx<C>) => R;
}): Agent<A, Raw, Out>;

export const a1: Agent<'a' | 'b', string, number> = agent({ accepts: ['a', 'b'], input: z.string(), run: async ({ input }) => input.length });
export const a1x: {x: 1} = agent({ accepts: ['a', 'b'], input: z.string(), run: async ({ input }) => input.length });
export const a2 = agent({ input: z.string().transform(Number), output: z.object({ kind: z.enum(['x', 'y']) }), run: async ({ input }, ctx) => ({ kind: input > 2 ? 'x' : 'y' }) });
export const a2x: {x: 1} = a2;
export const a3x: {x: 1} = agent({ run: (task: AssignedTask<string>) => task.input.length });
export const a4x: {x: 1} = agent({ input: z.array(z.string()), async *run({ input }, ctx: Ctx<{ next: number }>) { for (let i = ctx.checkpoint?.next ?? 0; i < input.length; i++) yield { next: i }; return 'done' as const; } });
export const a5x: {x: 1} = agent({ input: z.array(z.string()), run: async function* ({ input }, ctx) { ctx.signal.throwIfAborted(); yield { next: 1 }; return input.length; } });
export const a6x: {x: 1} = agent({ input: z.array(z.string()), run: function* ({ input }) { yield 1; return input.length; } });
export const a7x: {x: 1} = agent({ run: () => 5 });
export const a8x: {x: 1} = agent({ });
export const bad = agent({ output: z.object({ n: z.number() }), run: async () => ({ m: 1 }) });
export const bad2 = agent({ output: z.object({ n: z.number() }), run: async ({input}) => ({ n: input }) });
export const bad3 = agent({ async *run({ input }, ctx: Ctx<{ next: number }>) { yield { nxt: 2 }; return 'done' as const; } });
export const a9x: {x: 1} = agent({ output: z.array(z.string()), run: async ({ input }: AssignedTask<string>, ctx) => { ctx.signal.throwIfAborted(); return [input]; } });

export const bad7 = agent({ accepts: 'x', instancess: 5, output: z.object({ n: z.number() }), run: async ({input}) => ({ n: 1 }) });
export const bad8 = agent({ accepts: 'x', instances: '5', input: z.string(), run: async ({input}) => ({ n: input.length }) });

export const bad0 = agent({ run: async () => ({ m: 1 }), output: z.object({ n: z.number() }) });
export const b2x : {x: 1}= agent({ run: async ({ input }, ctx) => ({ kind: input > 2 ? 'x' : 'y' }), input: z.string().transform(Number), output: z.object({ kind: z.enum(['x', 'y']), d: z.number().default(5) })  });
export const b3x : {x: 1}= agent({ output: z.string().transform(Number), run: () => 'x'});
export const b4x : {x: 1}= agent({ output: z.object({a: z.string().optional()}), run: () => ({})});
export const b5x : {x: 1}= agent({ output: z.object({a: z.string().nullable()}), run: async () => ({a: null})});
export const b6x : {x: 1}= agent({ output: z.object({kind: z.enum(['x', 'y'])}), run: async function* () { yield 1; return ({kind: 'x'}); }});
export const b7x : {x: 1}= agent({ output: z.string().transform(Number), run: () => 5});

export const e0x: {x: 1} = agent({ run: async () => ({ list: [1, 2], s: 'x' }) });
