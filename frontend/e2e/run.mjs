// Runs the test files, one after the other, on one database server and one run of the pipeline for each source:
//   node run.mjs [FILE...]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { obstacle } from './harness/programs.mjs';
import { Shared } from './harness/shared.mjs';

// Ctrl-C reaches the tests, too: they end first.
process.on('SIGINT', () => {});

const shared = obstacle() ? null : await Shared.open();
try {
  await shared?.publishAll();
  const tests = spawn(process.execPath, ['--test', '--test-concurrency=1', ...process.argv.slice(2)], {
    cwd: new URL('.', import.meta.url), stdio: 'inherit', env: { ...process.env, ...shared?.environment() },
  });
  const [code] = await once(tests, 'exit');
  process.exitCode = code ?? 1;
} finally {
  await shared?.close();
}
