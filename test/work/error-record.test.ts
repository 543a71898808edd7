// Errors that go into a store and come back.

import { expect, test } from 'vitest';
import {
  InvalidOutputError,
  NoAgentError,
  QueueFullError,
  StoreFullError,
  TaskFailedError,
  TaskTimeoutError,
  type TroupeError,
} from '../../src/base/errors.ts';
import { toPlain } from '../../src/base/plain.ts';
import { errorOf, recordOf, runErrorOf } from '../../src/work/error-record.ts';
import type { ErrorRecord } from '../../src/work/records.ts';

function throughStore(error: unknown): Error {
  return errorOf(toPlain(recordOf(error), 'error') as ErrorRecord);
}

test.each([
  new TaskTimeoutError('t', 'main', 5),
  new NoAgentError('x', ['y']),
  new QueueFullError('main', 5, 100),
  new StoreFullError('there', 'full'),
  new InvalidOutputError('main', [{ path: 'a', message: 'b' }]),
])('$code is what it was: code, message, details, class', (error: TroupeError) => {
  const back = throughStore(error) as TroupeError;
  expect(back.toJSON()).toEqual(error.toJSON());
  expect(back.name).toBe(error.name);
  expect(back.retryable).toBe(error.retryable);
  if (error.code !== 'STORE_FULL') expect(back).toBeInstanceOf(error.constructor);
});

test('causes come along, ours with their details, others with their code', () => {
  const cause = Object.assign(new RangeError('too far', { cause: 'a word' }), { code: 'E_FAR' });
  const inner = new TaskFailedError({ task: 'b', type: 'y', at: 'main/b', hop: 1, attempts: 2 }, { cause });
  const outer = new TaskFailedError({ task: 'a', type: 'x', at: 'main', hop: 0, attempts: 1 }, { cause: inner });
  expect(throughStore(outer)).toMatchObject({
    details: { at: 'main' },
    cause: {
      code: 'TASK_FAILED',
      details: { at: 'main/b', attempts: 2 },
      cause: { name: 'RangeError', code: 'E_FAR' },
    },
  });
});

test('a chain of causes that goes on for ever ends', () => {
  const error = new TaskFailedError({ task: 'a', type: 'x', at: 'main', hop: 0, attempts: 1 });
  Object.defineProperty(error, 'cause', { value: error });
  expect(JSON.stringify(recordOf(error)).length).toBeLessThan(20_000);
});

test('a run whose record holds no error of ours failed all the same', () => {
  expect(runErrorOf(undefined, 'run-1')).toMatchObject({ code: 'TASK_FAILED', details: { task: 'run-1' } });
  expect(runErrorOf(recordOf(new Error('odd')), 'run-1')).toMatchObject({ cause: { message: 'odd' } });
});
