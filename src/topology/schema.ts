// Validation by any Standard Schema library, in one shape: the value, or what is wrong with it, with dotted paths. A
// schema that throws or breaks the standard is itself an issue, so a caller has one case to handle, not three.
// Source: https://standardschema.dev

import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type SchemaIssue, describeError, show } from '../base/errors.ts';
import { attempt } from './problems.ts';

/** What a schema made of a value. */
export type Validated<Value> =
  | { readonly value: Value; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[]; readonly value?: undefined };

/** Issues that are kept; a million wrong items make no million sentences. */
const keptIssues_count = 100;

/**
 * Holds a value against a schema.
 *
 * @returns The value as the schema made it (defaults filled in, transformed), or the issues; at once where the schema
 * answers at once, so that synchronous schemas cost no promise. Never throws and never rejects.
 */
export function validate<Output>(
  schema: StandardSchemaV1<unknown, Output>,
  value: unknown,
): Validated<Output> | Promise<Validated<Output>> {
  try {
    const result = schema['~standard'].validate(value);
    return isThenable(result) ? Promise.resolve(result).then(toValidated<Output>, toIssue) : toValidated(result);
  } catch (thrown) {
    return toIssue(thrown);
  }
}

function toValidated<Output>(result: StandardSchemaV1.Result<Output>): Validated<Output> {
  try {
    if (typeof result !== 'object' || result === null)
      return toIssue(new Error('it answered with neither a value nor issues'));
    const { issues } = result;
    if (issues === undefined || issues === null) return { value: result.value };
    const kept = issues
      .slice(0, keptIssues_count)
      .map(({ message, path }) => ({ path: dotted(path), message: asText(message) }));
    return kept.length > 0
      ? { issues: kept }
      : { issues: [{ path: '', message: 'the schema refused the value without saying why' }] };
  } catch (thrown) {
    return toIssue(thrown);
  }
}

/** Promises of other libraries and realms count, too; taken for a result they would pass as the value `undefined`. */
function isThenable<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  return (
    typeof value === 'object' && value !== null && typeof (value as Partial<PromiseLike<Value>>).then === 'function'
  );
}

function toIssue(thrown: unknown): { readonly issues: readonly SchemaIssue[] } {
  return { issues: [{ path: '', message: `the schema itself failed: ${describeError(thrown)}` }] };
}

/** A message as text, even where a library broke the standard and gave something else. */
function asText(message: unknown): string {
  return typeof message === 'string' ? message : show(message);
}

type PathStep = PropertyKey | StandardSchemaV1.PathSegment;

/** `items.0.name` */
function dotted(path: readonly PathStep[] | undefined): string {
  return (path ?? []).map((step) => String(typeof step === 'object' && step !== null ? step.key : step)).join('.');
}

/** Whether a value is a Standard Schema; libraries make them objects or functions. */
export function isStandardSchema(value: unknown): value is StandardSchemaV1 {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false;
  const validates = attempt(() => {
    const standard: unknown = (value as Partial<StandardSchemaV1>)['~standard'];
    return (
      typeof standard === 'object' &&
      standard !== null &&
      typeof (standard as StandardSchemaV1.Props).validate === 'function'
    );
  });
  return validates.ok && validates.value;
}
