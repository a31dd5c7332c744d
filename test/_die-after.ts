/** A process that kills itself at one of its operations on files. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** After one operation is before the next: what is on disk is the same. */
export const dieAfter = (names: readonly string[], operation: number): void => {
  let operations = 0;
  const all = fs as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const name of names) {
    const native = all[name]!.bind(fs);
    all[name] = (...args) => {
      const number = ++operations;
      try {
        return native(...args);
      } finally {
        if (number === operation) process.kill(process.pid, 'SIGKILL');
      }
    };
  }
  syncBuiltinESMExports();
};
