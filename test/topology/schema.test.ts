// Validation answers with a value or with issues, whatever the schema does.

import { runInNewContext } from 'node:vm';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { isStandardSchema, validate } from '../../src/topology/schema.ts';

/** A schema that answers as told, right or wrong. */
const answering = (answer: (value: unknown) => unknown): StandardSchemaV1 => ({
  '~standard': { version: 1, vendor: 'test', validate: answer as StandardSchemaV1.Props['validate'] },
});

describe('validating', () => {
  test('gives the value as the schema made it, at once', () => {
    expect(validate(z.object({ n: z.number().default(5) }), {})).toEqual({ value: { n: 5 } });
  });

  test('gives every issue with a dotted path', () => {
    expect(
      validate(z.object({ items: z.array(z.object({ name: z.string() })), n: z.number() }), {
        items: [{ name: 'a' }, { name: 5 }],
      }),
    ).toMatchObject({
      issues: [{ path: 'items.1.name' }, { path: 'n' }],
    });
  });

  test('waits for schemas that take their time', async () => {
    const slow = z.string().refine(async (text) => text.length > 2, 'too short');
    expect(await validate(slow, 'abc')).toEqual({ value: 'abc' });
    expect(await validate(slow, 'a')).toEqual({ issues: [{ path: '', message: 'too short' }] });
    const foreign = answering(runInNewContext('async (value) => ({ value })') as (value: unknown) => unknown);
    expect(await validate(foreign, 7)).toEqual({ value: 7 });
  });

  test('makes an issue of a schema that throws, rejects or answers nonsense', async () => {
    const boom = (): never => {
      throw new Error('boom');
    };
    const failed = { issues: [{ path: '', message: 'the schema itself failed: boom' }] };
    expect(validate(answering(boom), 1)).toEqual(failed);
    expect(
      await validate(
        answering(async () => boom()),
        1,
      ),
    ).toEqual(failed);
    for (const nonsense of [null, undefined, 5, { issues: 'no' }, { issues: [null] }, { issues: [] }]) {
      expect(
        (
          await validate(
            answering(() => nonsense),
            1,
          )
        ).issues,
      ).toHaveLength(1);
    }
  });

  test('keeps a hundred issues of a million', async () => {
    const many = answering(() => ({
      issues: Array.from({ length: 100_000 }, (_, index) => ({ message: 'no', path: [{ key: index }] })),
    }));
    expect((await validate(many, 1)).issues?.at(-1)).toEqual({ path: '99', message: 'no' });
    expect((await validate(many, 1)).issues).toHaveLength(100);
  });
});

test('a schema is known by its standard property, be it an object or a function', () => {
  expect(isStandardSchema(z.string())).toBe(true);
  expect(
    isStandardSchema(
      Object.assign(
        () => 1,
        answering((value) => ({ value })),
      ),
    ),
  ).toBe(true);
  for (const other of [null, 5, {}, { '~standard': null }, { '~standard': {} }, () => 1])
    expect(isStandardSchema(other)).toBe(false);
});
