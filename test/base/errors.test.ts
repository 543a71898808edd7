// The table of errors and its classes: one each, with the code it says, plain data on the wire, and messages that
// name what was received.

import { describe, expect, it, test } from 'vitest';
import * as errors from '../../src/base/errors.ts';
import { errorTable, isTroupeError, TroupeError, type ErrorCode } from '../../src/base/errors.ts';

const cause = new Error('the socket closed');

/** One of each code, and the words its message must have. */
const examples: { readonly [Code in ErrorCode]: readonly [TroupeError<Code>, ...string[]] } = {
  ACTOR_EXISTS: [new errors.ActorExistsError('main/a'), "'main/a'", 'choose another id'],
  ACTOR_NOT_FOUND: [new errors.ActorNotFoundError('main/a'), "'main/a'", 'check the address'],
  ACTOR_RESTARTING: [new errors.ActorRestartingError('main/a'), "'main/a'", 'try again'],
  ASK_TIMEOUT: [new errors.AskTimeoutError('main/a', 'ping', 250), "'main/a'", "'ping'", '250 ms'],
  DEAD_LETTER: [
    new errors.DeadLetterError('main/a', 'ping', 'it stopped', { cause }),
    "'main/a'",
    "'ping'",
    'it stopped',
  ],
  DELEGATION_CYCLE: [new errors.DelegationCycleError(['a', 'b'], 'a'), 'a > b > a', "'a'"],
  DELEGATION_FORGED: [new errors.DelegationForgedError('a', 'd-1'), "'a'", "'d-1'"],
  DELEGATION_TOO_DEEP: [new errors.DelegationTooDeepError(['a', 'b'], 'c', 5), 'a > b', "'c'", '5 hops'],
  INTERRUPTED: [new errors.InterruptedError('main/a', "its promise 'load'"), "'main/a'", "its promise 'load'"],
  INVALID_INPUT: [
    new errors.InvalidInputError('the task', [{ path: 'n', message: 'it is 5' }]),
    'the task',
    'n: it is 5.',
  ],
  INVALID_OPTION: [
    new errors.InvalidOptionError('timeout', 'soon', 'a duration'),
    'timeout is "soon"',
    'it takes a duration',
  ],
  INVALID_OUTPUT: [new errors.InvalidOutputError('main/a', [{ path: '', message: 'none' }]), 'main/a', 'none.'],
  MAILBOX_FULL: [new errors.MailboxFullError('main/a', 10, 100), "'main/a'", '10 messages', '100 ms'],
  NO_AGENT: [new errors.NoAgentError('paint', ['write', 'read']), "'paint'", 'write, read'],
  PLAN_INVALID: [new errors.PlanInvalidError('main', [{ path: 'a', message: 'no type' }]), "'main'", 'a: no type'],
  QUEUE_FULL: [new errors.QueueFullError('main', 10, 100), "'main'", '10 tasks', '100 ms'],
  RESTART_LIMIT: [
    new errors.RestartLimitError({ address: 'main', child: 'a', maxRestarts: 3, withinMs: 500 }, { cause }),
    "'main'",
    "'a'",
    '3 restarts',
    '500 ms',
  ],
  SHUTTING_DOWN: [new errors.ShuttingDownError(), 'stopping', 'submit again'],
  START_FAILED: [new errors.StartFailedError('main/a', cause), "'main/a'", 'the socket closed'],
  START_TIMEOUT: [new errors.StartTimeoutError('main/a', 500), "'main/a'", '500 ms'],
  STORE_CORRUPT: [new errors.StoreCorruptError('data', 'no header'), "'data'", 'no header', 'restore a backup'],
  STORE_FULL: [new errors.StoreFullError('data', 'the disk is full'), "'data'", 'the disk is full', 'free space'],
  STORE_LOCKED: [new errors.StoreLockedError('data', 42), "'data'", 'process 42', 'stop that one'],
  STORE_UNAVAILABLE: [
    new errors.StoreUnavailableError('data', 'no permission', { cause }),
    "'data'",
    'no permission',
    'the socket closed',
  ],
  STORE_VERSION: [new errors.StoreVersionError('data', 7, 1), "'data'", 'format 7', 'format 1'],
  TASK_CANCELLED: [new errors.TaskCancelledError('t-1', 'nobody waits'), "'t-1'", 'nobody waits'],
  TASK_FAILED: [
    new errors.TaskFailedError({ task: 't-1', type: 'paint', at: 'main/a', hop: 2, attempts: 3 }, { cause }),
    "'paint'",
    'main/a',
    'hop 2',
    '3 attempts',
    'the socket closed',
  ],
  TASK_TIMEOUT: [new errors.TaskTimeoutError('t-1', 'main/a', 500), "'t-1'", "'main/a'", '500 ms'],
  TOPOLOGY_INVALID: [
    new errors.TopologyError([{ path: 'a.b', problem: 'it is 5.', mend: 'Make it 6.' }]),
    'one problem',
    'a.b: it is 5. Make it 6.',
  ],
  UNSERIALIZABLE: [new errors.UnserializableError('output.a', 'it is a function'), 'output.a', 'it is a function'],
  VERSION_CONFLICT: [new errors.VersionConflictError('k', 5, 7), "'k'", 'version 7', 'not at 5'],
};

describe('the table of errors', () => {
  it('has one class a code, and every class is in it', () => {
    expect(Object.keys(examples).toSorted()).toEqual(Object.keys(errorTable).toSorted());
    const used = Object.values(examples).map(([error]) => error.constructor);
    const exported = Object.values(errors).filter(
      (value) => typeof value === 'function' && value.prototype instanceof TroupeError,
    );
    expect(new Set(used).size).toBe(used.length);
    expect(new Set(exported)).toEqual(new Set(used));
  });

  test.each(Object.entries(examples))('%s', (code, [error, ...words]) => {
    const row = errorTable[code as ErrorCode];
    expect(error).toMatchObject({ code, retryable: row.retryable, status: row.status, name: error.constructor.name });
    expect(error).toBeInstanceOf(Error);
    expect(isTroupeError(error)).toBe(true);
    for (const word of words) expect(error.message).toContain(word);
    expect(error.message).not.toMatch(/undefined|\[object/);
    const wire: unknown = JSON.parse(JSON.stringify(error));
    expect(wire).toEqual({
      code,
      message: error.message,
      retryable: row.retryable,
      details: error.details,
      ...(error.cause === undefined ? {} : { cause: 'the socket closed' }),
    });
  });

  it('statuses are those of HTTP', () => {
    for (const { status } of Object.values(errorTable)) expect(status >= 400 && status < 600).toBe(true);
  });

  it('long lists of issues are cut', () => {
    const issues = Array.from({ length: 15 }, (_, n) => ({ path: `p${n}`, message: 'bad' }));
    const { message, details } = new errors.InvalidInputError('it', issues);
    expect(message).toContain('p9: bad; and 5 more.');
    expect(message).not.toContain('p10');
    expect(details.issues).toHaveLength(15);
  });

  it('anything else is none of ours', () => {
    for (const value of [null, new Error('x'), { code: 'NO_AGENT' }]) expect(isTroupeError(value)).toBe(false);
  });
});
