/** An nginx of our own: its configuration, its start, and its end. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const NGINX = '/usr/sbin/nginx';
const CERTIFICATES = resolve('test/http/certificates');

export type ServerName =
  'plain' | 'https' | 'trickle' | 'steady' | 'gzip' | 'noRange' | 'moved' | 'elsewhere' | 'secure';

/** One `server` block each, on a port of its own. `HTTPS` is the port of `https`. */
const SERVERS: Readonly<Record<ServerName, string>> = {
  plain: '',
  https: `ssl_certificate ${CERTIFICATES}/server.pem; ssl_certificate_key ${CERTIFICATES}/server.key.pem;`,
  trickle: 'limit_rate 100;',
  steady: 'limit_rate 300k;',
  gzip: 'gzip on; gzip_types *; gzip_min_length 1; gzip_http_version 1.0;',
  noRange: 'max_ranges 0;',
  moved: 'location /old/ { rewrite ^/old/(.*)$ /$1 redirect; }',
  elsewhere: 'location / { return 302 http://example.com$request_uri; }',
  secure: 'location / { return 301 https://127.0.0.1:HTTPS$request_uri; }',
};

const freePort = (): Promise<number> =>
  new Promise((found) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => found(port));
    });
  });

const configuration = (folder: string, files: string, ports: Record<string, number>): string => {
  const blocks = Object.entries(SERVERS).map(([name, directives]) => {
    const ssl = name === 'https' ? ' ssl' : '';
    const own = directives.replace('HTTPS', String(ports['https']));
    return `server { listen 127.0.0.1:${ports[name]}${ssl}; root ${files}; ${own} }`;
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

const answers = async (port: number): Promise<boolean> => {
  try {
    await fetch(`http://127.0.0.1:${port}/`);
    return true;
  } catch {
    return false;
  }
};

export class Nginx {
  readonly #folder: string;
  readonly #ports: Readonly<Record<ServerName, number>>;
  #child: ChildProcess | undefined;

  private constructor(folder: string, ports: Readonly<Record<ServerName, number>>) {
    this.#folder = folder;
    this.#ports = ports;
  }

  static async create(folder: string, files: string): Promise<Nginx> {
    const ports: Record<string, number> = {};
    for (const name of Object.keys(SERVERS)) ports[name] = await freePort();
    mkdirSync(files, { recursive: true });
    writeFileSync(join(folder, 'nginx.conf'), configuration(folder, files, ports));
    const nginx = new Nginx(folder, ports as Record<ServerName, number>);
    await nginx.start();
    return nginx;
  }

  url(name: ServerName): string {
    return `http${name === 'https' ? 's' : ''}://127.0.0.1:${this.#ports[name]}/`;
  }

  async start(): Promise<void> {
    const file = join(this.#folder, 'nginx.conf');
    const child = spawn(NGINX, ['-c', file, '-e', join(this.#folder, 'error.log')], { stdio: 'ignore' });
    this.#child = child;
    for (let tries = 0; tries < 200; tries++) {
      if (await answers(this.#ports.plain)) return;
      if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}`);
      await new Promise((done) => setTimeout(done, 25));
    }
    throw new Error('nginx does not answer');
  }

  /** As when its machine goes down. */
  kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return Promise.resolve();
    return new Promise((done) => {
      child.once('exit', () => done());
      child.kill('SIGKILL');
    });
  }
}
