import { configDefaults, defineConfig } from 'vitest/config';

const tests = ['packages/*', 'training', 'eval', 'bench'].map((folder) => `${folder}/src/**/*.test.ts`);
const quiet = '**/*.quiet.test.ts';

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'unit', include: tests, exclude: [...configDefaults.exclude, quiet] } },
      // Tests that watch the clock run after all others, one file at a time.
      { extends: true, test: { name: 'quiet', include: [quiet], maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
