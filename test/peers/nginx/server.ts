/** An nginx of our own: its configuration, its start, and its end. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { freePorts } from '../../../bench/net/ports.ts';

export const NGINX = '/usr/sbin/nginx';
const CERTIFICATES = resolve('test/http/certificates');
/** Milliseconds: for a start on a busy machine, and for one look at whether it answers. */
const PATIENCE = 60_000;
const LOOK = 5000;
/** How often it is started when it ends by itself. */
const STARTS = 3;
/** The status of what shows that it is ours. */
const MARKED = 204;

export type ServerName =
  'plain' | 'https' | 'trickle' | 'slow' | 'steady' | 'gzip' | 'noRange' | 'moved' | 'elsewhere' | 'secure';

/** One `server` block each, on a port of its own. `HTTPS` is the port of `https`. */
const SERVERS: Readonly<Record<ServerName, string>> = {
  plain: '',
  https: `ssl_certificate ${CERTIFICATES}/server.pem; ssl_certificate_key ${CERTIFICATES}/server.key.pem;`,
  trickle: 'limit_rate 100;',
  slow: 'limit_rate 8k;',
  steady: 'limit_rate 300k;',
  gzip: 'gzip on; gzip_types *; gzip_min_length 1; gzip_http_version 1.0;',
  noRange: 'max_ranges 0;',
  moved: 'location /old/ { rewrite ^/old/(.*)$ /$1 redirect; }',
  elsewhere: 'location / { return 302 http://example.com$request_uri; }',
  secure: 'location / { return 301 https://127.0.0.1:HTTPS$request_uri; }',
};

const configuration = (folder: string, files: string, ports: Record<string, number>): string => {
  const blocks = Object.entries(SERVERS).map(([name, directives]) => {
    const ssl = name === 'https' ? ' ssl' : '';
    const own = directives.replace('HTTPS', String(ports['https']));
    const mark = name === 'plain' ? `location = /${basename(folder)} { return ${MARKED}; }` : '';
    return `server { listen 127.0.0.1:${ports[name]}${ssl}; root ${files}; ${own} ${mark} }`;
  });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(' ');
  return `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 64; }
http { access_log off; types {} default_type application/octet-stream; ${temporary}
${blocks.join('\n')}
}
`;
};

/** What it answers to `/FOLDER` shows that it is ours, and not what else took the port. */
const answers = async (port: number, mark: string): Promise<boolean> => {
  try {
    const signal = AbortSignal.timeout(LOOK);
    const { status } = await fetch(`http://127.0.0.1:${port}/${mark}`, { signal });
    return status === MARKED;
  } catch {
    return false;
  }
};

const logEnd = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim().slice(-1000);
  } catch {
    return 'none';
  }
};

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

type Ports = Readonly<Record<ServerName, number>>;

export class Nginx {
  readonly #folder: string;
  readonly #ports: Ports;
  #child: ChildProcess | undefined;

  private constructor(folder: string, ports: Ports) {
    this.#folder = folder;
    this.#ports = ports;
  }

  /** `draw` chooses the ports. */
  static async create(folder: string, files: string, draw?: () => number): Promise<Nginx> {
    mkdirSync(files, { recursive: true });
    const names = Object.keys(SERVERS) as ServerName[];
    for (let tries = 1; ; tries++) {
      const numbers = await freePorts(names.length, draw);
      const ports = Object.fromEntries(names.map((name, at) => [name, numbers[at]])) as Ports;
      writeFileSync(join(folder, 'nginx.conf'), configuration(folder, files, ports));
      const nginx = new Nginx(folder, ports);
      try {
        await nginx.start();
        return nginx;
      } catch (error) {
        // Somebody took a port: with others it starts.
        if (tries === STARTS) throw error;
      }
    }
  }

  url(name: ServerName): string {
    return `http${name === 'https' ? 's' : ''}://127.0.0.1:${this.#ports[name]}/`;
  }

  /** On the same ports each time. */
  async start(): Promise<void> {
    const log = join(this.#folder, 'error.log');
    const child = spawn(NGINX, ['-c', join(this.#folder, 'nginx.conf'), '-e', log], { stdio: 'ignore' });
    this.#child = child;
    let spawned: Error | undefined;
    child.once('error', (error) => (spawned = error));
    const ended = (): boolean =>
      spawned !== undefined || child.exitCode !== null || child.signalCode !== null;
    for (const end = Date.now() + PATIENCE; Date.now() < end && !ended(); await pause(25))
      if (await answers(this.#ports.plain, basename(this.#folder))) return;
    const what = ended()
      ? `ended with ${spawned?.message ?? child.exitCode ?? child.signalCode}`
      : `does not answer in ${PATIENCE / 1000} s`;
    await this.kill();
    throw new Error(`nginx ${what}; its log: ${logEnd(log)}`);
  }

  /** As when its machine goes down. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}
