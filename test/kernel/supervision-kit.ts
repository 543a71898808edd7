// What the supervision tests share: an actor that fails on demand, hooks that record or hang, and short ways to
// make an actor of a kernel on virtual time crash exactly once.

import type { RestartOptions } from '../../src/base/supervision-options.ts';
import { assign, emit, fromCallback, setup } from 'xstate';
import { effect } from '../../src/kernel/effects.ts';
import type { ActorInfo } from '../../src/kernel/system.ts';
import type { ChildOptions, LifeHooks } from '../../src/kernel/spec.ts';
import { kernelKit, type KernelKit } from './kernel-kit.ts';

export class Boom extends Error {
  constructor(what = 'boom') {
    super(what);
  }
}

type WorkerEvent =
  | { readonly type: 'add' }
  | { readonly type: 'count' }
  | { readonly type: 'crash'; readonly after?: 'add' }
  | { readonly type: 'finish' }
  | { readonly type: 'quit' };

/** Counts; crashes on `crash`, is done on `finish`, ends itself on `quit`. */
export const worker = setup({
  types: { context: {} as { count: number }, events: {} as WorkerEvent },
  actions: {
    add: assign({ count: ({ context }) => context.count + 1 }),
    crash: () => {
      throw new Boom();
    },
    answer: emit(({ context }) => effect.reply({ type: 'counted', count: context.count })),
    quit: emit(effect.stopSelf()),
  },
}).createMachine({
  context: { count: 0 },
  initial: 'working',
  states: {
    working: {
      on: {
        add: { actions: 'add' },
        count: { actions: 'answer' },
        crash: [{ guard: ({ event }) => event.after === 'add', actions: ['add', 'crash'] }, { actions: 'crash' }],
        finish: 'finished',
        quit: { actions: 'quit' },
      },
    },
    finished: { type: 'final' },
  },
});

/** One restart after 10 ms, and as many as one likes. */
export const freely: RestartOptions = {
  maxRestarts: 1_000_000,
  within: '1h',
  backoff: { initial: 10, factor: 1, max: 10, jitter: 0 },
};

/** The delay of {@link freely}. */
export const delay_ms = 10;

export function child(id: string, options: Omit<Partial<ChildOptions>, 'id'> = {}): ChildOptions {
  return { id, logic: worker, ...options };
}

/** A supervisor with workers, or with what is given. */
export function supervisor(
  id: string,
  children: readonly (ChildOptions | string)[],
  options: Omit<Partial<ChildOptions>, 'id' | 'children'> = {},
): ChildOptions {
  const all = children.map((each) => (typeof each === 'string' ? child(each) : each));
  return child(id, { restart: freely, ...options, children: all });
}

export interface Booted extends KernelKit {
  readonly fatal: unknown[];
}

/** A kernel with these actors at its root, all up. */
export async function boot(
  children: readonly ChildOptions[],
  options: Parameters<typeof kernelKit>[0] = {},
): Promise<Booted> {
  const kit = kernelKit({ restart: freely, ...options });
  const fatal: unknown[] = [];
  const started = kit.kernel.start(children, (error) => fatal.push(error));
  await kit.settle();
  await started;
  return { ...kit, fatal };
}

/** Crashes an actor once: an ask that fails is not tried again. The failure is not yet mended when this returns. */
export async function crash(
  { kernel, settle }: KernelKit,
  address: string,
  event: WorkerEvent = { type: 'crash' },
): Promise<void> {
  const asked = kernel
    .lookup(address)
    ?.ask(event)
    .catch(() => {});
  await settle();
  await asked;
}

/** Crashes an actor and lets its supervisor bring it back. */
export async function crashAndMend(kit: KernelKit, address: string): Promise<void> {
  await crash(kit, address);
  await kit.advance(delay_ms);
}

export async function tell(
  { kernel, settle }: KernelKit,
  address: string,
  event: { readonly type: string },
): Promise<void> {
  kernel.lookup(address)?.tell(event);
  await settle();
}

export function info({ kernel }: KernelKit, address: string): ActorInfo | undefined {
  return [...kernel.actors()].find((actor) => actor.address === address);
}

/** State and incarnation of each actor, such as `running 2`. */
export function states({ kernel }: KernelKit): Record<string, string> {
  return Object.fromEntries(
    [...kernel.actors()].map(({ address, state, incarnation }) => [address, `${state} ${incarnation}`]),
  );
}

export async function countOf(kit: KernelKit, address: string): Promise<unknown> {
  const asked = kit.kernel.lookup(address)?.ask<{ type: string; count: number }>({ type: 'count' });
  await kit.settle();
  return (await asked)?.count;
}

/** Hooks that write `+id` and `-id` into a log. */
export function recording(log: string[], id: string): LifeHooks {
  return {
    start: () => {
      log.push(`+${id}`);
    },
    stop: () => {
      log.push(`-${id}`);
    },
  };
}

/** A promise to be settled by hand. */
export function gate(): { readonly opened: Promise<void>; open(): void; fail(error: unknown): void } {
  let open = (): void => {};
  let fail = (_error: unknown): void => {};
  const opened = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return {
    opened,
    open: () => {
      open();
    },
    fail: (error) => {
      fail(error);
    },
  };
}

export const never = new Promise<void>(() => {});

/** Counts the incarnations of an actor that live in XState at this moment, and the most there ever were at once. */
export class Living {
  readonly now = new Map<string, number>();
  readonly most = new Map<string, number>();

  /** Logic whose life is counted under a name; it crashes on `crash`. */
  logic(name: string): ChildOptions['logic'] {
    return fromCallback<{ type: string }>(({ receive }) => {
      const count = (this.now.get(name) ?? 0) + 1;
      this.now.set(name, count);
      this.most.set(name, Math.max(this.most.get(name) ?? 0, count));
      receive(({ type }) => {
        if (type === 'crash') throw new Boom();
      });
      return () => {
        this.now.set(name, (this.now.get(name) ?? 0) - 1);
      };
    });
  }
}
