// A user's own model beside the real thing: commands that chance puts together, each performed on a fresh runtime on
// virtual time and held to the model, made small by fast-check when one fails. fast-check is the user's; nothing of it is
// loaded here.

import type * as FastCheck from 'fast-check';
import { systemClock } from '../../base/clock.ts';
import { InvalidOptionError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';

/** The functions of fast-check: `import fc from 'fast-check'`. */
export type FastCheckLike = Pick<
  typeof FastCheck,
  'assert' | 'asyncModelRun' | 'asyncProperty' | 'commands' | 'constant' | 'integer'
>;

/** Time that only moves when it is told to. */
export interface SteppedTime {
  /** Lets everything that is ready run. */
  settle(): Promise<unknown>;
  /** Moves time by milliseconds, timer by timer. */
  advance(ms: number): Promise<unknown>;
}

/** What commands are performed on: what `createTestRuntime` gives, or anything with a clock. */
export type Stage = SteppedTime | { readonly clock: SteppedTime };

/** What is looked at after a command. */
export interface Aftermath<Model, Real, Argument, Result> {
  /** The model after the command. */
  readonly model: Model;
  readonly real: Real;
  readonly argument: Argument;
  /** What `run` came to. */
  readonly result: Result;
}

/** Something that can be done. */
export interface ModelCommand<Model, Real, Argument = undefined, Result = unknown> {
  /** What it is done with; without it `undefined`. */
  readonly with?: FastCheck.Arbitrary<Argument>;
  /** Whether it may be done now; default always. */
  check?(this: void, model: Model, argument: Argument): boolean;
  /** Does it to the model, in place. */
  change?(this: void, model: Model, argument: Argument): void;
  /** Does it to the real thing. What it promises has to come about without time passing, or it moves time itself. */
  run(this: void, real: Real, argument: Argument): Result | Promise<Result>;
  /** Throws when something is not as it should be. Called when all has settled. */
  holds?(this: void, after: Aftermath<Model, Real, Argument, Result>): void | Promise<void>;
}

/** How time passes; it is a command among the others. */
export interface PassingTime<Model> {
  /** Milliseconds at a time; default 1 to 10,000. */
  readonly ms?: FastCheck.Arbitrary<number>;
  /** What that does to the model, in place. */
  change?(this: void, model: Model, ms: number): void;
}

/** A model, the real thing, and what can be done to both. */
export interface CommandsOptions<Model extends object, Real extends Stage, Arguments, Results> {
  /** A fresh model. */
  model(this: void): Model;
  /** A fresh real thing: usually a runtime on virtual time. */
  begin(this: void): Real | Promise<Real>;
  /** Lets go of it; default its `Symbol.asyncDispose`, where it has one. */
  end?(this: void, real: Real): void | Promise<void>;
  /** By name. */
  readonly commands: {
    readonly [Name in keyof Arguments]: ModelCommand<
      Model,
      Real,
      Arguments[Name],
      Name extends keyof Results ? Results[Name] : unknown
    >;
  };
  /** How time passes; `false`: it does not. */
  readonly time?: PassingTime<Model> | false;
  /** Throws when something is not as it should be. Called after every command. */
  holds?(this: void, model: Model, real: Real): void | Promise<void>;
}

/** How many commands there are at a time, and fast-check's `replayPath` of a failure. */
export type CommandsConstraints = FastCheck.CommandsContraints;

/** A property that commands have. */
export interface CommandsProperty {
  /** For `fc.assert`, `fc.check` and whatever takes a property. */
  property(constraints?: CommandsConstraints): FastCheck.IAsyncProperty<[Iterable<unknown>]>;
  /** Asserts it. @throws what a command threw, with the smallest story that fast-check has found. */
  check(parameters?: FastCheck.Parameters<[Iterable<unknown>]> & CommandsConstraints): Promise<void>;
}

type AnyCommand<Model, Real> = ModelCommand<Model, Real, unknown>;
type Performed<Model extends object, Real> = FastCheck.AsyncCommand<Model, Real>;

/**
 * Makes a property of a model and the commands that change it.
 *
 * @param fc - fast-check, which is yours.
 * @throws INVALID_OPTION when there are no commands, or one does not say how it is run.
 *
 * @example
 * ```ts
 * const counting = modelCommands(fc, {
 *   model: () => ({ count: 0 }),
 *   begin: () => createTestRuntime(topology),
 *   commands: {
 *     add: {
 *       with: fc.integer({ min: 1, max: 9 }),
 *       change: (model, by) => { model.count += by; },
 *       run: ({ runtime }, by) => { runtime.actor('main/counter')?.tell({ type: 'add', by }); },
 *     },
 *   },
 * });
 * test('counts', () => counting.check());
 * ```
 */
export function modelCommands<
  Model extends object,
  Real extends Stage,
  Arguments extends object,
  Results extends object,
>(fc: FastCheckLike, options: CommandsOptions<Model, Real, Arguments, Results>): CommandsProperty {
  const commands = Object.entries(options.commands ?? {}) as [string, AnyCommand<Model, Real>][];
  if (commands.length === 0) throw new InvalidOptionError('commands', options.commands, 'at least one command by name');
  for (const [name, { run }] of commands) {
    if (typeof run !== 'function') throw new InvalidOptionError(`commands.${name}.run`, run, 'a function');
  }
  const arbitraries = commands.map(([name, command]) =>
    (command.with ?? fc.constant(undefined)).map((argument) => performed(options, name, command, argument)),
  );
  const { time = {} } = options;
  if (time !== false) {
    const ms = time.ms ?? fc.integer({ min: 1, max: 10_000 });
    arbitraries.push(ms.map((each) => passed(options, time, each)));
  }
  const property: CommandsProperty['property'] = (constraints = {}) =>
    fc.asyncProperty(fc.commands<Model, Real, false>(arbitraries, constraints), (story) =>
      perform(fc, options, story),
    ) as FastCheck.IAsyncProperty<[Iterable<unknown>]>;
  return {
    property,
    check: async ({ maxCommands, replayPath, disableReplayLog, size, ...parameters } = {}) => {
      const given = { maxCommands, replayPath, disableReplayLog, size };
      const constraints = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      await fc.assert(property(constraints), parameters);
    },
  };
}

async function perform<Model extends object, Real extends Stage>(
  fc: FastCheckLike,
  { model, begin, end }: Pick<CommandsOptions<Model, Real, object, object>, 'model' | 'begin' | 'end'>,
  story: Iterable<Performed<Model, Real>>,
): Promise<void> {
  const real = await begin();
  try {
    await fc.asyncModelRun(() => ({ model: model(), real }), story);
  } finally {
    if (end !== undefined) await settled(timeOf(real), 'end', end(real));
    else await (real as Partial<AsyncDisposable>)[Symbol.asyncDispose]?.();
  }
}

function performed<Model extends object, Real extends Stage>(
  { holds }: Pick<CommandsOptions<Model, Real, object, object>, 'holds'>,
  name: string,
  command: AnyCommand<Model, Real>,
  argument: unknown,
): Performed<Model, Real> {
  return {
    check: (model) => command.check?.(model, argument) ?? true,
    run: async (model, real) => {
      command.change?.(model, argument);
      const result = await settled(timeOf(real), name, command.run(real, argument));
      await command.holds?.({ model, real, argument, result });
      await holds?.(model, real);
    },
    toString: () => (argument === undefined ? name : `${name} ${textOf(argument)}`),
  };
}

function passed<Model extends object, Real extends Stage>(
  { holds }: Pick<CommandsOptions<Model, Real, object, object>, 'holds'>,
  { change }: PassingTime<Model>,
  ms: number,
): Performed<Model, Real> {
  return {
    check: () => true,
    run: async (model, real) => {
      change?.(model, ms);
      await timeOf(real).advance(ms);
      await holds?.(model, real);
    },
    toString: () => `${ms} ms pass`,
  };
}

const ownTurns = 5;

/** One turn of the event loop, whatever the virtual time. */
const realTurn = (): Promise<void> =>
  new Promise((resolve) => {
    systemClock.yieldThen(resolve);
  });

/** Lets everything run. @returns whether the command moves time itself, which a test runtime lets only one do. */
async function isMovedByItself(clock: SteppedTime): Promise<boolean> {
  try {
    await clock.settle();
    return false;
  } catch (error) {
    if (error instanceof InvalidOptionError) return true;
    throw error;
  }
}

const timeOf = (real: Stage): SteppedTime => ('clock' in real ? real.clock : real);

/** What comes of it when everything that is ready has run. Virtual time does not move by itself, so it may be never. */
async function settled<Result>(clock: SteppedTime, name: string, outcome: Result | Promise<Result>): Promise<Result> {
  if (!(outcome instanceof Promise)) {
    await clock.settle();
    return outcome;
  }
  let isOver = false;
  const over = outcome.finally(() => {
    isOver = true;
  });
  // Whoever waits for it below hears of a failure; it is no news before.
  over.catch(() => undefined);
  // Whoever moves time itself has begun to by then.
  for (let turns = 0; turns < ownTurns && !isOver; turns++) await realTurn();
  for (let turns = 0; turns < limits.testing.commandSettle_turns && !isOver; turns++) {
    if (await isMovedByItself(clock)) return over;
  }
  if (!isOver) {
    throw new Error(
      `'${name}' has not come to its end though all that was ready has run: it waits for time. Move the clock in it, or don't return what it waits for.`,
    );
  }
  return over;
}

function textOf(argument: unknown): string {
  return typeof argument === 'string' ? `'${argument}'` : (JSON.stringify(argument) ?? String(argument));
}
