// One project: every test file runs in its own worker; `troupe` resolves to the sources, so that no build is needed.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^troupe$/, replacement: source('./src/index.ts') },
      { find: /^troupe\/testing$/, replacement: source('./src/testing/index.ts') },
      { find: /^troupe\/machines$/, replacement: source('./machines/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts', 'docs/**/*.test.ts'],
    exclude: ['test/bench/**', 'node_modules/**', 'dist/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    reporters: ['default', './test/closing-line.ts'],
  },
});
