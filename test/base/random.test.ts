// Repeatable chance, and ids that sort by time.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idSource } from '../../src/base/ids.ts';
import { seededRandom, systemRandom } from '../../src/base/random.ts';

const take = (count: number, seed: number): readonly number[] => Array.from({ length: count }, seededRandom(seed));

describe('seededRandom', () => {
  it('gives the same numbers for the same seed, and others for another', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(take(20, seed)).toEqual(take(20, seed));
        expect(take(20, seed)).not.toEqual(take(20, seed + 1));
      }),
    );
  });

  it('is mulberry32', () => {
    const reference = (seed: number) => () => {
      let t = (seed += 0x6d2b79f5);
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
    };
    for (const seed of [0, 1, -1, 42, 0xffffffff]) {
      expect(take(1_000, seed)).toEqual(Array.from({ length: 1_000 }, reference(seed)));
    }
  });

  it('stays in [0, 1) and is even', () => {
    const counts = Array.from({ length: 10 }, () => 0);
    for (const number of take(100_000, 7)) {
      expect(number >= 0 && number < 1).toBe(true);
      const tenth = Math.floor(number * 10);
      counts[tenth] = (counts[tenth] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it('the system source is in [0, 1)', () => {
    const number = systemRandom();
    expect(number >= 0 && number < 1).toBe(true);
  });
});

describe('idSource', () => {
  it('makes the same ids for the same seed and time', () => {
    const make = (): readonly string[] =>
      Array.from({ length: 3 }, () => idSource({ wall: () => 1_767_225_600_000 }, seededRandom(1))('run'));
    expect(make()).toEqual(make());
    expect(make()[0]).toMatch(/^run-[0-9a-z]{9}-00001-[0-9a-z]{4}$/);
  });

  it('makes 100,000 ids that differ and sort by the time and order they were made', () => {
    let wall = 1_767_225_600_000;
    const newId = idSource({ wall: () => wall }, seededRandom(1));
    const ids = Array.from({ length: 100_000 }, (_, n) => {
      if (n % 1_000 === 0) wall += 1;
      return newId('run');
    });
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.toSorted()).toEqual(ids);
  });

  it('stays unique when the wall clock is set back', () => {
    let wall = 1_767_225_600_000;
    const newId = idSource({ wall: () => wall }, seededRandom(1));
    const before = Array.from({ length: 100 }, () => newId('run'));
    wall -= 1_000;
    const during = Array.from({ length: 100 }, () => newId('run'));
    wall += 1_000;
    const after = Array.from({ length: 100 }, () => newId('run'));
    expect(new Set([...before, ...during, ...after]).size).toBe(300);
  });

  it('sources of other processes differ by chance', () => {
    const ids = Array.from({ length: 50 }, (_, seed) => idSource({ wall: () => 0 }, seededRandom(seed))('run'));
    expect(new Set(ids).size).toBe(50);
  });
});
