// Text for logs and terminals (B16).

import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { InvalidOptionError, show } from '../../src/base/errors.ts';
import { printable } from '../../src/base/printable.ts';

describe('B16 printable', () => {
  test.each<readonly [string, string, string]>([
    ['ordinary text', 'Grüße, 世界 😀', 'Grüße, 世界 😀'],
    ['line breaks', 'a\r\nb\tc', 'a\\r\\nb\\tc'],
    ['a forged line', 'ok\n2026-01-01 ERROR all lost', 'ok\\n2026-01-01 ERROR all lost'],
    ['escape sequences', '\u001b[31mred\u001b]0;title\u0007', '\\x1b[31mred\\x1b]0;title\\x07'],
    ['NUL and DEL', '\0\u007f', '\\x00\\x7f'],
    ['C1 controls', '\u0085\u009b31m', '\\x85\\x9b31m'],
    ['line separators', '\u2028\u2029', '\\u2028\\u2029'],
    ['direction marks', '\u202egnp.exe\u2066\u200f', '\\u202egnp.exe\\u2066\\u200f'],
    ['lone surrogates', '\ud83d!\ude00', '\\ud83d!\\ude00'],
  ])('B16 %s', (_name, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('B16 cuts with an ellipsis, and cuts neither escapes nor characters in half', () => {
    expect(printable('x'.repeat(200))).toBe('x'.repeat(200));
    expect(printable('x'.repeat(201))).toBe(`${'x'.repeat(199)}…`);
    expect(printable('abc\u001bdef', 6)).toBe('abc…');
    expect(printable('abc\u001b', 7)).toBe('abc\\x1b');
    expect(printable('ab😀😀', 4)).toBe('ab…');
    expect(printable('abc', 1)).toBe('…');
  });

  it('B16 reads no more than it shows', () => {
    const started = performance.now();
    expect(printable('\u001b'.repeat(50_000_000), 20)).toBe(`${'\\x1b'.repeat(4)}…`);
    expect(performance.now() - started).toBeLessThan(500);
  });

  it('B16 any text: short, printable, and the same when done twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.integer({ min: 1, max: 80 }), (text, most) => {
        const shown = printable(text, most);
        expect(shown.length).toBeLessThanOrEqual(most);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
        expect(printable(shown, most)).toBe(shown);
      }),
    );
  });
});

describe('B16 messages quote what they received safely', () => {
  it('B16 in an option error', () => {
    const { message } = new InvalidOptionError('timeout', '\u001b[2J\n\u009b\u202e', 'a duration');
    expect(message).toBe('timeout is "\\u001b[2J\\n\\x9b\\u202e"; it takes a duration.');
  });

  test.each<readonly [unknown, string]>([
    ['x'.repeat(100), `"${'x'.repeat(77)}..."`],
    [5, '5'],
    [5n, '5n'],
    [2n ** 70n, 'a bigint of more than 64 bits'],
    [null, 'null'],
    [undefined, 'undefined'],
    [[1, 2], 'a list of 2'],
    [{}, 'an object'],
    [() => 1, 'a function'],
    [Symbol('s'), 'a symbol'],
    [new Proxy([], {}), 'a proxy'],
  ])('B16 show %#', (value, shown) => {
    expect(show(value)).toBe(shown);
  });
});
