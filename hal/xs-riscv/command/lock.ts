/** What one process at a time has: a board, and the cache where firmware is made. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Exit, PublishError } from '../../../publisher/errors.ts';
import { fileTrouble } from '../../../publisher/files.ts';

const lives = (pid: number): boolean => {
  // In a container a new process may have the number of the one that left the lock.
  if (!(pid > 0) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/**
 * Gives what releases it. A lock whose process is gone is taken over. Two that take over at the same moment may both
 * get through: QEMU locks the flash itself, and the second one ends there.
 */
export const lockTake = (file: string, does: string): (() => void) => {
  for (;;) {
    try {
      writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw fileTrouble(error, file, 'DIR', 'Give a board in a folder that can be written to');
    }
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
    if (lives(pid))
      throw new PublishError(`process ${pid} ${does}`, {
        file,
        field: 'DIR',
        remedy: 'End it first; if it is another program, remove the file',
        exit: Exit.InputOutput,
      });
    rmSync(file, { force: true });
  }
};
