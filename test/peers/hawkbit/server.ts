/** A hawkBit update server on a free port of this machine, with its database in memory. */
import { spawn } from 'node:child_process';
import { delimiter, resolve } from 'node:path';
import { freePort } from '../../../bench/net/ports.ts';

const LOGIN = `Basic ${Buffer.from('admin:admin').toString('base64')}`;
/** Milliseconds until it answers; on a busy machine it takes minutes. */
const PATIENCE = 300_000;
/** It lives for minutes: compiled at once, and not well. */
const JAVA = ['-Xmx700m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
export const GATEWAY_TOKEN = 'token-of-the-tenant';

export interface Hawkbit {
  readonly url: string;
  /** The Management API; throws where it answers with anything but 2xx. */
  ask(method: string, path: string, body?: unknown): Promise<unknown>;
  kill(): Promise<void>;
}

/** Of both; what differs is the database's dialect and what the update server's own program sets. */
const options = (port: number, mode: string): string[] => [
  `--server.port=${port}`,
  '--server.address=127.0.0.1',
  '--hawkbit.dmf.rabbitmq.enabled=false',
  `--spring.datasource.url=jdbc:h2:mem:${port};DB_CLOSE_DELAY=-1;MODE=${mode}`,
  '--hawkbit.controller.minPollingTime=00:00:01',
];

const LIBRARIES = resolve('.cache/peers/hawkbit');
/** Server.java, and META-INF/validation.xml, which the validation of its beans reads. */
const SOURCES = resolve('test/peers/hawkbit');

/** The update server of a jar; without one, what is made of hawkBit's libraries (pom.xml). */
const commandOf = (jar: string | undefined, port: number): string[] =>
  jar === undefined
    ? [
        ...JAVA,
        '--add-opens',
        'java.base/java.lang=ALL-UNNAMED',
        '-cp',
        `${SOURCES}${delimiter}${LIBRARIES}/*`,
        `${SOURCES}/Server.java`,
        ...options(port, 'MySQL'),
        '--spring.main.allow-bean-definition-overriding=true',
        '--spring.security.user.name=admin',
        '--spring.security.user.password={noop}admin',
      ]
    : [...JAVA, '-jar', jar, ...options(port, 'LEGACY')];

export const startHawkbit = async (jar: string | undefined, folder: string): Promise<Hawkbit> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn('java', commandOf(jar, port), { cwd: folder, stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const form = body instanceof FormData;
    const answer = await fetch(`${url}/rest/v1/${path}`, {
      method,
      headers: { authorization: LOGIN, ...(form ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  for (const end = Date.now() + PATIENCE; ;) {
    try {
      await ask('GET', 'targets');
      break;
    } catch (error) {
      if (child.exitCode !== null || Date.now() > end) {
        child.kill('SIGKILL');
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
  const settings = {
    'authentication.targettoken.enabled': true,
    'authentication.gatewaytoken.enabled': true,
    'authentication.gatewaytoken.key': GATEWAY_TOKEN,
    pollingTime: '00:00:05',
  };
  for (const [name, value] of Object.entries(settings)) await ask('PUT', `system/configs/${name}`, { value });
  return {
    url,
    ask,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
};
