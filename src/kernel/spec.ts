// How an actor is to be run: its child spec in OTP's words, with every option checked once, here, and filled in.
// Actors spawned without options share one spec object, so an idle actor carries a pointer and no more.

import type { AnyActorLogic } from 'xstate';
import { type Duration, toMs, toPositiveMs } from '../base/duration.ts';
import { InvalidOptionError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { ChildType, MailboxOptions, Overflow, RestartOptions, Strategy } from '../base/supervision-options.ts';
import { type Address, instanceAddress } from './address.ts';

/** What an actor may do around its life, outside its logic. */
export interface LifeHooks {
  /** Runs before the actor counts as started; a throw fails the start. */
  readonly start?: (self: { readonly address: string }) => void | Promise<void>;
  /** Runs before the actor is stopped in order; not when it is killed or has crashed. */
  readonly stop?: (self: { readonly address: string }) => void | Promise<void>;
}

/** Options of `spawn`. */
export interface SpawnOptions {
  /** Unique among the parent's children. */
  readonly id: string;
  readonly input?: unknown;
  /** Default `'transient'` for spawned actors, `'permanent'` for declared children. */
  readonly child?: ChildType;
  /** How this actor supervises its own children. */
  readonly restart?: RestartOptions;
  /** How long a stop may take before it becomes a kill; default 5 s, or 30 s with children. `'kill'`: no time at all. */
  readonly shutdown?: Duration | 'kill';
  /** How long a start may take; default 30 s. */
  readonly startTimeout?: Duration;
  readonly mailbox?: MailboxOptions;
  readonly hooks?: LifeHooks;
  /** Children that come back with this actor, in start order. */
  readonly children?: readonly ChildOptions[];
  /** Number of equal actors behind one address; default 1. */
  readonly instances?: number;
  /** Keeps committed snapshots in the store. */
  readonly durable?: boolean;
  /** What a restart begins with; default `'snapshot'` for durable actors. */
  readonly recover?: 'snapshot' | 'initial';
  /** The version of the shape of a durable actor's state, 0 or more; default 0. A kept state of an older one is migrated. */
  readonly schema?: number;
  /** Makes a state of the present shape from one that was kept under an older `schema`: what XState persists. */
  readonly migrate?: Migrate;
  /**
   * What becomes of promises and callbacks that a durable machine had invoked when its process died, or when it
   * crashed: `'retry'` (default) starts them again, `'fail'` tells the machine that they failed.
   */
  readonly interrupted?: 'retry' | 'fail';
  /** How long a durable actor that was spawned is idle before it leaves memory; default 10 min, `false`: it never does. */
  readonly passivateAfter?: Duration | false;
  /** Called with every event the logic emits that is no effect of the runtime. */
  readonly onEmitted?: EmittedHandler;
}

/** A declared child. */
export interface ChildOptions extends SpawnOptions {
  readonly logic: AnyActorLogic;
}

/** Makes a kept state of the present shape from an older one. */
export type Migrate = (from: number, snapshot: unknown) => unknown;

/** Receives what an actor's logic emits for its driver. Called after the transition has committed. */
export type EmittedHandler = (event: { readonly type: string }, self: { readonly address: string }) => void;

export interface Backoff {
  readonly initialMs: number;
  readonly factor: number;
  readonly maxMs: number;
  readonly jitter: number;
}

/** Checked restart options. */
export interface RestartSpec {
  readonly strategy: Strategy;
  readonly maxRestarts: number;
  readonly withinMs: number;
  readonly backoff: Backoff;
  readonly healthyAfterMs: number;
}

/** Checked options of one actor. */
export interface ActorSpec {
  readonly child: ChildType;
  readonly restart: RestartSpec;
  readonly shutdown: number | 'kill';
  readonly startTimeoutMs: number;
  readonly capacity: number;
  readonly overflow: Overflow;
  readonly hooks: LifeHooks | undefined;
  readonly children: readonly ChildOptions[];
  readonly durable: boolean;
  readonly recover: 'snapshot' | 'initial';
  readonly schema: number;
  readonly migrate: Migrate | undefined;
  readonly interrupted: 'retry' | 'fail';
  /** Undefined: it never leaves memory. */
  readonly passivateAfterMs: number | undefined;
  readonly onEmitted: EmittedHandler | undefined;
}

const strategies: readonly Strategy[] = ['one-for-one', 'one-for-all', 'rest-for-one'];
const childTypes: readonly ChildType[] = ['permanent', 'transient', 'temporary'];
const overflows: readonly Overflow[] = ['reject', 'drop-oldest', 'drop-lowest'];
const recoveries = ['snapshot', 'initial'] as const;
const afterInterruption = ['retry', 'fail'] as const;

const defaultRestart: RestartSpec = {
  strategy: 'one-for-one',
  maxRestarts: limits.restart.maxRestarts_count,
  withinMs: limits.restart.within_ms,
  healthyAfterMs: limits.restart.healthyAfter_ms,
  backoff: {
    initialMs: limits.restart.backoffInitial_ms,
    factor: limits.restart.backoffFactor_ratio,
    maxMs: limits.restart.backoffMax_ms,
    jitter: limits.restart.backoffJitter_ratio,
  },
};

/** The spec of an actor that says nothing. */
export const defaultSpec: ActorSpec = {
  child: 'transient',
  restart: defaultRestart,
  shutdown: limits.shutdown.hook_ms,
  startTimeoutMs: limits.shutdown.start_ms,
  capacity: limits.mailbox.capacity_messages,
  overflow: 'reject',
  hooks: undefined,
  children: [],
  durable: false,
  recover: 'initial',
  schema: 0,
  migrate: undefined,
  interrupted: 'retry',
  passivateAfterMs: undefined,
  onEmitted: undefined,
};

/** Options that only `spawn` itself reads; they don't make a spec of their own. */
const placing = new Set(['id', 'input', 'instances', 'logic', 'parent']);
const known = new Set([
  ...placing,
  'child',
  'restart',
  'shutdown',
  'startTimeout',
  'mailbox',
  'hooks',
  'children',
  'durable',
  'recover',
  'schema',
  'migrate',
  'interrupted',
  'passivateAfter',
  'onEmitted',
]);

/**
 * Checks options and fills them in.
 *
 * @throws INVALID_OPTION naming the field.
 */
export function actorSpec(options: SpawnOptions, childDefault: ChildType): ActorSpec {
  let plain = childDefault === defaultSpec.child;
  for (const key in options) {
    if (!known.has(key)) throw new InvalidOptionError(key, 'an unknown option', [...known].join(', '));
    if (!placing.has(key)) plain = false;
  }
  return plain ? defaultSpec : fullSpec(options, childDefault);
}

/** One child, or each instance of a pool. @throws INVALID_OPTION */
export function expandInstances<Options extends SpawnOptions>(options: Options): readonly Options[] {
  const instances = whole(options.instances ?? 1, 1, limits.actor.childrenPerParent_count, 'instances');
  if (instances === 1) return [options];
  return Array.from({ length: instances }, (_, index) => ({
    ...options,
    id: instanceAddress(options.id as Address, index),
  }));
}

function checkedChildren(children: unknown): readonly ChildOptions[] {
  if (!Array.isArray(children)) throw new InvalidOptionError('children', children, 'a list of child specs');
  if (children.length === 0) return [];
  const all = (children as readonly ChildOptions[]).flatMap(expandInstances);
  const ids = new Set<string>();
  for (const { id } of all) {
    if (ids.has(id)) throw new InvalidOptionError('children', id, 'ids that differ');
    ids.add(id);
  }
  return all;
}

function fullSpec(options: SpawnOptions, childDefault: ChildType): ActorSpec {
  const { mailbox, children = [], durable = false } = options;
  checkKeys(mailbox, ['capacity', 'overflow'], 'mailbox');
  const shutdownDefault = children.length > 0 ? limits.shutdown.supervisor_ms : limits.shutdown.hook_ms;
  return {
    child: oneOf(options.child ?? childDefault, childTypes, 'child'),
    restart: restartSpec(options.restart),
    shutdown: options.shutdown === 'kill' ? 'kill' : toMs(options.shutdown ?? shutdownDefault, 'shutdown'),
    startTimeoutMs: toPositiveMs(options.startTimeout ?? limits.shutdown.start_ms, 'startTimeout'),
    capacity: whole(mailbox?.capacity ?? limits.mailbox.capacity_messages, 1, 1_000_000, 'mailbox.capacity'),
    overflow: oneOf(mailbox?.overflow ?? 'reject', overflows, 'mailbox.overflow'),
    hooks: options.hooks,
    children: checkedChildren(children),
    durable,
    recover: oneOf(options.recover ?? (durable ? 'snapshot' : 'initial'), recoveries, 'recover'),
    ...keptSpec(options),
    onEmitted: options.onEmitted,
  };
}

function keptSpec({
  durable = false,
  schema = 0,
  migrate,
  interrupted = 'retry',
  passivateAfter = limits.store.passivateAfter_ms,
}: SpawnOptions): Pick<ActorSpec, 'schema' | 'migrate' | 'interrupted' | 'passivateAfterMs'> {
  if (migrate !== undefined && typeof migrate !== 'function') {
    throw new InvalidOptionError('migrate', migrate, 'a function of the version found and the kept state');
  }
  const afterMs = passivateAfter === false ? undefined : toPositiveMs(passivateAfter, 'passivateAfter');
  return {
    schema: whole(schema, 0, Number.MAX_SAFE_INTEGER, 'schema'),
    migrate,
    interrupted: oneOf(interrupted, afterInterruption, 'interrupted'),
    passivateAfterMs: durable ? afterMs : undefined,
  };
}

/**
 * Checks restart options and fills them in.
 *
 * @throws INVALID_OPTION naming the field.
 */
export function restartSpec(options: RestartOptions | undefined): RestartSpec {
  if (options === undefined) return defaultRestart;
  const { backoff } = options;
  checkKeys(options, ['strategy', 'maxRestarts', 'within', 'backoff'], 'restart');
  checkKeys(backoff, ['initial', 'factor', 'max', 'jitter'], 'restart.backoff');
  return {
    strategy: oneOf(options.strategy ?? 'one-for-one', strategies, 'restart.strategy'),
    maxRestarts: whole(options.maxRestarts ?? limits.restart.maxRestarts_count, 0, 1_000_000, 'restart.maxRestarts'),
    withinMs: toPositiveMs(options.within ?? limits.restart.within_ms, 'restart.within'),
    healthyAfterMs: limits.restart.healthyAfter_ms,
    backoff: {
      initialMs: toMs(backoff?.initial ?? limits.restart.backoffInitial_ms, 'restart.backoff.initial'),
      factor: number(backoff?.factor ?? limits.restart.backoffFactor_ratio, 1, 100, 'restart.backoff.factor'),
      maxMs: toMs(backoff?.max ?? limits.restart.backoffMax_ms, 'restart.backoff.max'),
      jitter: number(backoff?.jitter ?? limits.restart.backoffJitter_ratio, 0, 1, 'restart.backoff.jitter'),
    },
  };
}

/** @throws INVALID_OPTION when there is a field that nobody reads. */
function checkKeys(options: object | undefined, fields: readonly string[], field: string): void {
  for (const key in options) {
    if (!fields.includes(key)) throw new InvalidOptionError(`${field}.${key}`, 'an unknown option', fields.join(', '));
  }
}

/** @throws INVALID_OPTION unless it is one of the words. */
function oneOf<Word extends string>(value: unknown, words: readonly Word[], field: string): Word {
  const found = words.find((word) => word === value);
  if (found === undefined) throw new InvalidOptionError(field, value, words.map((word) => `'${word}'`).join(' | '));
  return found;
}

/** @throws INVALID_OPTION unless it is a whole number within the bounds. */
export function whole(value: unknown, min: number, max: number, field: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new InvalidOptionError(field, value, `a whole number from ${min} to ${max}`);
}

function number(value: unknown, min: number, max: number, field: string): number {
  if (typeof value === 'number' && value >= min && value <= max) return value;
  throw new InvalidOptionError(field, value, `a number from ${min} to ${max}`);
}
