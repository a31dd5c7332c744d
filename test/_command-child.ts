/** The process of the commands of one test file: each is evaluated anew, over modules that are loaded once. */
import { pathToFileURL } from 'node:url';
import type { Ran, Row } from './_command.ts';

let said = { stdout: '', stderr: '' };
for (const name of ['stdout', 'stderr'] as const) {
  const stream = process[name];
  // Each run of the command listens for its errors.
  stream.setMaxListeners(0);
  stream.write = ((text: string | Uint8Array, ...more: unknown[]) => {
    said[name] += typeof text === 'string' ? text : Buffer.from(text).toString();
    const done = more.at(-1);
    if (typeof done === 'function') (done as () => void)();
    return true;
  }) as typeof stream.write;
}

const environmentSet = (env: NodeJS.ProcessEnv): void => {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
};

/** As Node has it for a process. */
const crashed = (error: unknown): Ran => {
  said.stderr += `${error instanceof Error ? error.stack : String(error)}\n`;
  return { status: 1, ...said };
};

let runs = 0;

const run = async ({ program, args, cwd, env }: Row): Promise<Ran> => {
  process.chdir(cwd);
  environmentSet(env);
  process.argv = [process.execPath, program, ...args];
  process.exitCode = undefined;
  said = { stdout: '', stderr: '' };
  runs += 1;
  try {
    await import(`${pathToFileURL(program).href}?run=${runs}`);
    return { status: Number(process.exitCode ?? 0), ...said };
  } catch (error) {
    return crashed(error);
  }
};

const tell = (ran: Ran): void => void process.send!(ran, () => (process.exitCode = 0));

process.on('message', (row: Row) => void run(row).then(tell));
process.on('disconnect', () => process.exit());
process.on('uncaughtException', (error) => tell(crashed(error)));
