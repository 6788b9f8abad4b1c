// The data to test with, and how it gets into a database: by the real pipeline.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { program, run } from './programs.mjs';

// A model that takes no time, with every parameter pinned: the defaults may change, what these tests see does not.
const SMALL = {
  train: ['--iterations', '8', '--regularization', '0.01', '--regularization-exponent', '1',
    '--unobserved-weight', '0.1', '--min-rating', '0'],
  recommend: ['--top-n', '30', '--similar-n', '10'],
};

/** The sample, and MovieLens (a folder or a zip) where the machine names one, with the ranks of their versions. */
export const SOURCES = [
  { name: 'sample', source: 'sample:20k', flags: SMALL, ranks: [6, 8] },
  {
    name: 'MovieLens',
    source: process.env.CINELAKE_MOVIELENS,
    flags: {},
    ranks: [32, 64],
    skip: process.env.CINELAKE_MOVIELENS ? false : 'CINELAKE_MOVIELENS names no MovieLens folder or zip',
  },
];

/** The tables, and no version in them. */
export const migrate = (database) => run(program('admin'), ['migrate'], { DATABASE_URL: database });

/** Runs the pipeline, from the source to a version, once for each rank; the last one is live. */
export async function publish(database, { source, flags, ranks }) {
  await migrate(database);
  const lake = await mkdtemp(path.join(tmpdir(), 'cinelake-e2e-lake-'));
  try {
    for (const rank of ranks) {
      const asked = {
        ...flags, ingest: ['--source', source], train: [...flags.train ?? [], '--rank', `${rank}`],
      };
      for (const step of ['ingest', 'clean', 'train', 'evaluate', 'recommend', 'publish']) {
        const own = ['ingest', 'publish'].includes(step) ? { DATABASE_URL: database } : {};
        await run(program(step), asked[step] ?? [], { LAKE_URI: lake, RUN_ID: `rank-${rank}`, ...own });
      }
    }
  } finally {
    await rm(lake, { recursive: true, force: true });
  }
}
