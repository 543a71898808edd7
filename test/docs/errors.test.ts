// docs/reference/errors.md is held to the table of errors both ways: every code has a section and every section is a
// code; status, whether to retry, the class and the fields of its details are those of the code.

import { describe, expect, test } from 'vitest';
import * as errors from '../../src/base/errors.ts';
import type { ErrorCode, TroupeError } from '../../src/base/errors.ts';
import * as entry from '../../src/index.ts';
import { codeWords, page, rows, sections } from './markdown.ts';

/** One error of each class. */
const samples: Readonly<Record<ErrorCode, TroupeError>> = {
  ACTOR_EXISTS: new errors.ActorExistsError('a'),
  ACTOR_NOT_FOUND: new errors.ActorNotFoundError('a'),
  ACTOR_RESTARTING: new errors.ActorRestartingError('a'),
  ASK_TIMEOUT: new errors.AskTimeoutError('a', 'x', 1),
  DEAD_LETTER: new errors.DeadLetterError('a', 'x', 'why'),
  DELEGATION_CYCLE: new errors.DelegationCycleError(['a'], 'a'),
  DELEGATION_FORGED: new errors.DelegationForgedError('a', 'x'),
  DELEGATION_TOO_DEEP: new errors.DelegationTooDeepError(['a'], 'b', 1),
  INTERRUPTED: new errors.InterruptedError('a', 'what'),
  INVALID_INPUT: new errors.InvalidInputError('x', []),
  INVALID_OPTION: new errors.InvalidOptionError('x', 1, 'y'),
  INVALID_OUTPUT: new errors.InvalidOutputError('x', []),
  MAILBOX_FULL: new errors.MailboxFullError('a', 1, 1),
  NO_AGENT: new errors.NoAgentError('x', []),
  PLAN_INVALID: new errors.PlanInvalidError('a', []),
  QUEUE_FULL: new errors.QueueFullError('a', 1, 1),
  RESTART_LIMIT: new errors.RestartLimitError({ address: 'a', child: 'a/b', maxRestarts: 1, withinMs: 1 }),
  SHUTTING_DOWN: new errors.ShuttingDownError(),
  START_FAILED: new errors.StartFailedError('a', new Error('why')),
  START_TIMEOUT: new errors.StartTimeoutError('a', 1),
  STORE_CORRUPT: new errors.StoreCorruptError('p', 'why'),
  STORE_FULL: new errors.StoreFullError('p', 'why'),
  STORE_LOCKED: new errors.StoreLockedError('p', 1),
  STORE_UNAVAILABLE: new errors.StoreUnavailableError('p', 'why'),
  STORE_VERSION: new errors.StoreVersionError('p', 2, 1),
  TASK_CANCELLED: new errors.TaskCancelledError('t', 'why'),
  TASK_FAILED: new errors.TaskFailedError({ task: 't', type: 'x', at: 'a', hop: 1, attempts: 1 }),
  TASK_TIMEOUT: new errors.TaskTimeoutError('t', 'a', 1),
  TOPOLOGY_INVALID: new errors.TopologyError([]),
  UNSERIALIZABLE: new errors.UnserializableError('x', 'why'),
  VERSION_CONFLICT: new errors.VersionConflictError('k', 1, 2),
};

const documented = new Map(
  sections(page('docs/reference/errors.md'), 3).map(({ title, text }) => [title.replaceAll('`', ''), text]),
);

/** What the rows `| **Status** | 503 |` of a section say. */
function facts(code: string): ReadonlyMap<string, string> {
  return new Map(rows(documented.get(code) ?? '').map(([name = '', value = '']) => [name.replaceAll('*', ''), value]));
}

describe('docs/reference/errors.md', () => {
  test('every code has a section', () => {
    expect(Object.keys(errors.errorTable).filter((code) => !documented.has(code))).toEqual([]);
  });

  test('every section is a code', () => {
    expect([...documented.keys()].filter((code) => !(code in errors.errorTable))).toEqual([]);
  });

  test.each(Object.keys(samples) as ErrorCode[])('%s is described as it is', (code) => {
    const sample = samples[code];
    const said = facts(code);
    expect(said.get('Class')).toBe(`\`${sample.name}\``);
    expect(said.get('Status')).toBe(String(sample.status));
    expect(said.get('Retryable')).toBe(sample.retryable ? 'yes' : 'no');
    expect(codeWords(said.get('Details') ?? '')).toEqual(expect.arrayContaining(Object.keys(sample.details)));
    expect(codeWords(said.get('Details') ?? '').filter((word) => !word.includes('.'))).toHaveLength(
      Object.keys(sample.details).length,
    );
    for (const part of ['When', 'Cause', 'Cure']) expect(said.get(part)?.length ?? 0, part).toBeGreaterThan(10);
  });

  test('every class is exported by the package', () => {
    expect(
      Object.values(samples)
        .map(({ name }) => name)
        .filter((name) => !(name in entry)),
    ).toEqual([]);
  });
});
