// Durations and sizes as people write them.

import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { formatMs, toBytes, toMs, toPositiveMs, type Duration, type Size } from '../../src/base/duration.ts';
import { InvalidOptionError } from '../../src/base/errors.ts';
import { toPriority } from '../../src/base/priority.ts';

describe('durations', () => {
  test.each<readonly [Duration, number]>([
    [0, 0],
    [1.5, 1.5],
    ['250ms', 250],
    ['5s', 5_000],
    ['1.5s', 1_500],
    ['10m', 600_000],
    ['24h', 86_400_000],
    ['2400h', 8_640_000_000],
    [8_640_000_000, 8_640_000_000],
  ])('%s is %d ms', (duration, ms) => {
    expect(toMs(duration, 'timeout')).toBe(ms);
  });

  test.each<readonly [unknown]>([
    [-1],
    [Number.NaN],
    [Infinity],
    [8_640_000_001],
    [''],
    ['5'],
    ['s'],
    ['5 s'],
    ['-5s'],
    ['+5s'],
    ['.5s'],
    ['5.s'],
    ['1e3ms'],
    ['5S'],
    ['5d'],
    ['5s\n'],
    ['٥s'],
    ['2401h'],
    [`${'9'.repeat(400)}ms`],
    [null],
    [undefined],
    [5n],
    [{}],
    [['5s']],
    [new Proxy([], {})],
  ])('%o is refused', (duration) => {
    expect(() => toMs(duration as Duration, 'timeout')).toThrow(InvalidOptionError);
    expect(() => toMs(duration as Duration, 'timeout')).toThrow(/^timeout is .*; it takes a duration such as '250ms'/s);
  });

  it('says what it received', () => {
    expect(() => toMs('5d' as Duration, 'restart.within')).toThrow('restart.within is "5d"; it takes');
  });

  it('longer than zero where it must be', () => {
    expect(toPositiveMs('1ms', 'every')).toBe(1);
    expect(() => toPositiveMs('0s', 'every')).toThrow('every is "0s"; it takes a duration longer than zero.');
    expect(() => toPositiveMs(-1, 'every')).toThrow(InvalidOptionError);
  });

  it('any number and unit within 100 days is what it says; any other text is refused', () => {
    const factors = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
    const unit = fc.constantFrom(...(Object.keys(factors) as (keyof typeof factors)[]));
    fc.assert(
      fc.property(fc.nat(2_400), unit, (count, name) => {
        expect(toMs(`${count}${name}`, 'timeout')).toBe(count * factors[name]);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/^\d+(\.\d+)?(ms|s|m|h)$/.test(text));
        expect(() => toMs(text as Duration, 'timeout')).toThrow(InvalidOptionError);
      }),
    );
  });

  test.each<readonly [number, string]>([
    [0, '0 ms'],
    [850.4, '850 ms'],
    [999.4, '999 ms'],
    [999.7, '1.0 s'],
    [4_200, '4.2 s'],
    [59_940, '59.9 s'],
    [59_970, '1 m 0 s'],
    [200_000, '3 m 20 s'],
    [3_599_999, '59 m 59 s'],
    [7_500_000, '2 h 5 m'],
  ])('%d ms reads %s', (ms, text) => {
    expect(formatMs(ms)).toBe(text);
  });
});

describe('sizes', () => {
  test.each<readonly [Size, number]>([
    [0, 0],
    [1_000.4, 1_000],
    ['512B', 512],
    ['512KB', 524_288],
    ['1.5MB', 1_572_864],
    ['1GB', 1_073_741_824],
  ])('%s is %d bytes', (size, bytes) => {
    expect(toBytes(size, 'memory')).toBe(bytes);
  });

  test.each<readonly [unknown]>([
    [-1],
    [Number.NaN],
    [Infinity],
    [1e300],
    [`${'9'.repeat(400)}GB`],
    ['9999999999GB'],
    ['1TB'],
    ['1kb'],
    ['1 MB'],
    [''],
    [null],
    [1n],
  ])('%s is refused', (size) => {
    expect(() => toBytes(size as Size, 'memory')).toThrow(/^memory is .*; it takes a size such as '400MB'/);
  });

  it('any number and unit is what it says', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.constantFrom('B', 'KB', 'MB', 'GB'), (count, unit) => {
        expect(toBytes(`${count}${unit}` as Size, 'memory')).toBe(
          count * 1_024 ** ['B', 'KB', 'MB', 'GB'].indexOf(unit),
        );
      }),
    );
  });
});

describe('priorities', () => {
  it('are the whole numbers from 0 to 10', () => {
    for (let priority = 0; priority <= 10; priority++) expect(toPriority(priority, 'priority')).toBe(priority);
    for (const value of [-1, 11, 1.5, Number.NaN, '5', null, undefined]) {
      expect(() => toPriority(value, 'priority')).toThrow(/^priority is .*; it takes a whole number from 0/);
    }
  });
});
