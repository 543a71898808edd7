// Where a text stops being JSON: agrees with JSON.parse on what is JSON, and names the first character that is not.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findJsonFault } from '../../src/cli/json-fault.ts';

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('a fault', () => {
  test.each([
    ['', 0, 'a value'],
    ['{"a":}', 5, 'a value'],
    ['{"a":1,}', 7, 'a key in double quotes'],
    ['{a:1}', 1, "a key in double quotes or '}'"],
    ["{'a':1}", 1, "a key in double quotes or '}'"],
    ['{"a" 1}', 5, "':' after the key"],
    ['{"a":1 "b":2}', 7, "',' or '}'"],
    ['[1 2]', 3, "',' or ']'"],
    ['[1,', 3, 'a value'],
    ['{"a":1} x', 8, 'nothing after the value'],
    ['"ab', 3, 'a closing double quote'],
    ['"a\nb"', 2, 'an escape such as \\n for a control character'],
    [String.raw`"a\x"`, 2, 'a known escape'],
    ['01', 1, 'nothing after the value'],
    ['nul', 0, 'a value'],
  ])('of %j is at %i', (text, offset, expected) => {
    expect(findJsonFault(text)).toEqual({ offset, expected });
    expect(parses(text)).toBe(false);
  });

  test('is found in exactly the texts that JSON.parse refuses', () => {
    const valid = fc.json();
    const spoiled = fc
      .tuple(valid, fc.nat(), fc.constantFrom('', '"', ',', ']', '}', '\\', '1', '\u0000'))
      .map(([text, at, by]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + by + text.slice(place + 1);
      });
    fc.assert(
      fc.property(fc.oneof(valid, spoiled, fc.string()), (text) => {
        expect(findJsonFault(text) === undefined).toBe(parses(text));
      }),
      { numRuns: 3_000 },
    );
  });

  test('needs no call stack for depth and no backtracking for length', () => {
    expect(findJsonFault('['.repeat(1_000_000))).toEqual({ offset: 1_000_000, expected: "a value or ']'" });
    expect(findJsonFault(`"${'\\n'.repeat(1_000_000)}`)?.expected).toBe('a closing double quote');
  });
});
