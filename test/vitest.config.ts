import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

// Tests import the package by name; here the names lead to the source, and the packed tarball has a test of its own.
export default defineConfig({
  root: source('.'),
  resolve: {
    alias: [
      { find: /^tracklet$/, replacement: source('adapters/node.ts') },
      { find: /^tracklet\/core$/, replacement: source('src/index.ts') },
      { find: /^tracklet\/fluent$/, replacement: source('adapters/node-fluent.ts') },
      { find: /^tracklet\/worker$/, replacement: source('src/worker/index.ts') },
      { find: /^tracklet\/adapters\/(.*)$/, replacement: source('adapters/$1.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
  },
})
