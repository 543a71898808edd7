// The options that all three kinds of node share, from what users wrote to their resolved form: durations to
// milliseconds, sizes to bytes, defaults from `src/base/limits.ts`. Mistakes go to the reader's list of problems.

import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { AnyActorLogic } from 'xstate';
import { type Duration, type Size, toBytes, toMs, toPositiveMs } from '../base/duration.ts';
import { InvalidOptionError, show } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { Priority, toPriority } from '../base/priority.ts';
import { isName, isTaskType, taskTypeRule } from './names.ts';
import type { NodeKind } from './nodes.ts';
import { attempt } from './problems.ts';
import type { Reader } from './reader.ts';
import type {
  ResolvedAgent,
  ResolvedBackoff,
  ResolvedMailbox,
  ResolvedRestart,
  ResolvedRetries,
  Strategy,
} from './resolved.ts';
import { isStandardSchema } from './schema.ts';

/** What every resolved node has. */
export type ResolvedShared = Omit<ResolvedAgent, 'kind' | 'instances' | 'run'>;

const strategies: readonly Strategy[] = ['one-for-one', 'one-for-all', 'rest-for-one'];

/** Reads the options that all nodes share. `accepts` is left empty when not given: each kind has its own default. */
export function readShared(reader: Reader, kind: NodeKind, name: string, address: string): ResolvedShared {
  if (kind !== 'agent' && reader.has('retries')) {
    reader.note('retries', 'is given to a node that does no work itself.', 'Give it to the agents that do the work.');
  }
  return {
    name,
    address,
    restart: readRestart(reader.section('restart')),
    child: reader.oneOf('child', ['permanent', 'transient', 'temporary']) ?? 'permanent',
    shutdown: readShutdown(reader) ?? (kind === 'agent' ? limits.shutdown.hook_ms : limits.shutdown.supervisor_ms),
    priority: reader.convert('priority', (value) => toPriority(value, 'priority')) ?? Priority.NORMAL,
    retries: readRetries(reader.section('retries')),
    mailbox: readMailbox(reader.section('mailbox')),
    durable: reader.flag('durable') ?? true,
    recover: reader.oneOf('recover', ['snapshot', 'initial']) ?? 'snapshot',
    resources: reader.words('resources', { test: isName, expected: 'names of resources', alone: false }) ?? [],
    delegatesTo:
      reader.words('delegatesTo', {
        test: isText,
        expected: "an address such as 'main/docs' or '../report'",
        alone: true,
      }) ?? [],
    accepts:
      reader.words('accepts', { test: isTaskType, expected: `a task type (${taskTypeRule})`, alone: true }) ?? [],
    ...present('machine', readMachine(reader)),
    ...readKept(reader),
    ...present('timeoutMs', readPositive(reader, 'timeout')),
    ...present('domain', reader.name('domain')),
    ...present('heartbeatMs', readPositive(reader, 'heartbeat')),
    ...present('memoryBytes', readMemory(reader)),
    ...present('input', readSchema(reader, 'input')),
    ...present('output', readSchema(reader, 'output')),
  };
}

/** How the state of a node's own machine is kept; the built-in machines know that themselves. */
function readKept(reader: Reader): Pick<ResolvedShared, 'schema' | 'migrate' | 'interrupted'> {
  const first = ['schema', 'migrate', 'interrupted'].find((key) => reader.has(key));
  if (first !== undefined && !reader.has('machine')) {
    reader.note(first, 'is given without a machine.', `Add the machine whose state it is about, or remove ${first}.`);
  }
  return {
    ...present('schema', reader.number('schema', { min: 0 })),
    ...present(
      'migrate',
      reader.fn('migrate', 'a function of the version found and the kept state') as ResolvedShared['migrate'],
    ),
    ...present('interrupted', reader.oneOf<'retry' | 'fail'>('interrupted', ['retry', 'fail'])),
  };
}

/** A property that is there only when it has a value, as `exactOptionalPropertyTypes` asks. */
export function present<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [K in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: Value };
}

/** How children are brought back. */
export function readRestart(reader: Reader): ResolvedRestart {
  const rule = limits.restart;
  const restart: ResolvedRestart = {
    strategy: reader.oneOf('strategy', strategies) ?? 'one-for-one',
    maxRestarts: reader.number('maxRestarts', { min: 0 }) ?? rule.maxRestarts_count,
    withinMs: readPositive(reader, 'within') ?? rule.within_ms,
    backoff: readBackoff(reader.section('backoff'), rule.backoffInitial_ms, rule.backoffMax_ms),
  };
  reader.close();
  return restart;
}

function readRetries(reader: Reader): ResolvedRetries {
  const rule = limits.task;
  const retries: ResolvedRetries = {
    limit: reader.number('limit', { min: 0 }) ?? rule.retries_count,
    backoff: readBackoff(reader.section('backoff'), rule.retryBackoffInitial_ms, rule.retryBackoffMax_ms),
    ...present(
      'retryIf',
      reader.fn('retryIf', 'a function of the error that says whether to try again') as ResolvedRetries['retryIf'],
    ),
  };
  reader.close();
  return retries;
}

/** A longest delay that was not given grows with the first one; one that was given must not be below it. */
function readBackoff(reader: Reader, initialMs: number, maxMs: number): ResolvedBackoff {
  const initial = readDuration(reader, 'initial') ?? initialMs;
  const max = readDuration(reader, 'max');
  if (max !== undefined && max < initial) {
    reader.note(
      'max',
      `is ${show(reader.get('max'))}, less than the first delay of ${initial} ms.`,
      'Give a longer max or a shorter initial.',
    );
  }
  const backoff: ResolvedBackoff = {
    initialMs: initial,
    factor: reader.number('factor', { min: 1, max: 1_000, whole: false }) ?? limits.restart.backoffFactor_ratio,
    maxMs: max ?? Math.max(initial, maxMs),
    jitter: reader.number('jitter', { min: 0, max: 1, whole: false }) ?? limits.restart.backoffJitter_ratio,
  };
  reader.close();
  return backoff;
}

function readMailbox(reader: Reader): ResolvedMailbox {
  const mailbox: ResolvedMailbox = {
    capacity: reader.number('capacity', { min: 1 }) ?? limits.mailbox.capacity_messages,
    overflow: reader.oneOf('overflow', ['reject', 'drop-oldest', 'drop-lowest']) ?? 'reject',
  };
  reader.close();
  return mailbox;
}

function readShutdown(reader: Reader): number | 'kill' | undefined {
  return reader.convert('shutdown', (value): number | 'kill' => {
    if (value === 'kill') return value;
    const ms = attempt(() => toMs(value as Duration, 'shutdown'));
    if (ms.ok) return ms.value;
    throw new InvalidOptionError('shutdown', value, "'kill' or a duration such as '250ms', '5s' or a number of ms");
  });
}

function readDuration(reader: Reader, key: string): number | undefined {
  return reader.convert(key, (value) => toMs(value as Duration, key));
}

function readPositive(reader: Reader, key: string): number | undefined {
  return reader.convert(key, (value) => toPositiveMs(value as Duration, key));
}

function readMemory(reader: Reader): number | undefined {
  return reader.convert('memory', (value) => {
    const bytes = toBytes(value as Size, 'memory');
    if (bytes > 0 && Number.isSafeInteger(bytes)) return bytes;
    throw new InvalidOptionError('memory', value, "a size of at least one byte, such as '400MB'");
  });
}

function readSchema(reader: Reader, key: 'input' | 'output'): StandardSchemaV1 | undefined {
  const value = reader.get(key);
  if (value === undefined || isStandardSchema(value)) return value;
  reader.note(
    key,
    `is ${show(value)}, which is no Standard Schema.`,
    'Give a schema of zod, valibot, arktype or another Standard Schema library.',
  );
  return undefined;
}

function readMachine(reader: Reader): AnyActorLogic | undefined {
  const value = reader.get('machine');
  if (value === undefined || isLogic(value)) return value;
  reader.note(
    'machine',
    `is ${show(value)}, which is no actor logic.`,
    'Give what createMachine, setup, fromPromise, fromTransition, fromCallback or fromObservable returns.',
  );
  return undefined;
}

/** The three methods that XState asks of logic. */
function isLogic(value: unknown): value is AnyActorLogic {
  if (typeof value !== 'object' || value === null) return false;
  const found = attempt(() =>
    ['transition', 'getInitialSnapshot', 'getPersistedSnapshot'].every(
      (method) => typeof (value as Readonly<Record<string, unknown>>)[method] === 'function',
    ),
  );
  return found.ok && found.value;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= limits.actor.addressLength_chars;
}
