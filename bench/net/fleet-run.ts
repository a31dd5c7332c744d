/** A gateway and a fleet behind it as processes of the command, as a user runs them; and what they take. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { random } from '../../hal/node/faults.ts';
import {
  anchorOf,
  anchorText,
  keyGenerate,
  keyParse,
  pack,
  payloadName,
  publish,
  releaseRead,
} from '../../publisher/index.ts';
import type { Pack } from '../../publisher/index.ts';
import { classId, vendor } from '../rig.ts';

const CLI = join(import.meta.dirname, '../../publisher/cli.js');
const IMAGE = 300 * 1024;
const SPEED = 60;
/** Seconds of a device between two check-ins where there is nothing to do. */
const WAKE = 60;
const TOKEN = 'bench';
const START = 20_000;

export interface Site {
  readonly folder: string;
  /** As a server has them. */
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** Two images that share no block: all of the second one is sent. */
export const siteOf = (folder: string): Site => {
  const key = keyParse(keyGenerate('ed25519'), 'bench');
  const release = (sequence: number): Pack & { image: Uint8Array } => {
    const draw = random(sequence);
    const image = Uint8Array.from({ length: IMAGE }, () => draw() & 0xff);
    return { ...pack({ image, sequence, vendor, classId, keys: [key] }), image };
  };
  const [first, second] = [release(1), release(2)];
  writeFileSync(join(folder, 'one.bin'), first.image);
  writeFileSync(join(folder, 'one.envelope'), first.envelope);
  writeFileSync(join(folder, 'update.suit'), second.envelope);
  writeFileSync(join(folder, 'payload.bin'), second.payload);
  writeFileSync(join(folder, 'owner.anchor.json'), anchorText(anchorOf(key)));
  publish({ release: releaseRead(folder), to: join(folder, 'public') });
  return { folder, files: { 'update.suit': second.envelope, [payloadName(second.payload)]: second.payload } };
};

const flipside = ({ folder }: Site, ...args: string[]): void => {
  const { status, stderr } = spawnSync(process.execPath, [CLI, ...args], { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`flipside ${args.join(' ')}: ${stderr}`);
};

export interface GatewayRunning {
  readonly child: ChildProcess;
  readonly coap: string;
  stop(): Promise<void>;
}

const started = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`the gateway does not start: ${text}`)), START);
    child.once('exit', () => reject(new Error(`the gateway has ended: ${text}`)));
    child.stderr!.on('data', (more: Buffer) => {
      text += more.toString();
      const [, coap] = /^(coap:\S+)/m.exec(text) ?? [];
      if (coap === undefined) return;
      clearTimeout(timer);
      resolve(coap);
    });
  });

export const gatewayRun = async (
  site: Site,
  devices: number,
  upstream: object,
  token: boolean,
): Promise<GatewayRunning> => {
  const { folder } = site;
  rmSync(join(folder, 'state'), { recursive: true, force: true });
  const config = {
    version: 1,
    folder: 'state',
    anchors: ['owner.anchor.json'],
    allowPrivate: ['127.0.0.1'],
    upstream,
    coap: { port: 0, insecure: true },
    wake: WAKE,
  };
  writeFileSync(join(folder, 'gateway.json'), JSON.stringify(config));
  const list = ['--write-inventory', 'devices.json', '--envelope', 'one.envelope'];
  flipside(site, 'fleet', '--devices', String(devices), ...list);
  const seal = ['--key-file', 'gateway.key'];
  writeFileSync(join(folder, 'token'), `${TOKEN}\n`);
  if (token) flipside(site, 'gateway', 'token', 'gateway.json', '--token-file', 'token', ...seal);
  const child = spawn(process.execPath, [CLI, 'gateway', 'run', 'gateway.json', ...seal], { cwd: folder });
  const coap = await started(child);
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      child.removeAllListeners('exit');
      child.once('exit', () => resolve());
      child.kill('SIGTERM');
    });
  return { child, coap, stop };
};

/** Megabytes in memory, seconds of a processor. */
export interface Used {
  readonly memory: number;
  readonly processor: number;
}

/** As Linux has it; 0 elsewhere. */
export const usedBy = ({ pid }: ChildProcess): Used => {
  try {
    const resident = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1];
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    // In ticks of a hundredth: fields 14 and 15 of proc(5), two of which stood before.
    return { memory: Number(resident) / 1000, processor: (Number(fields[11]) + Number(fields[12])) / 100 };
  } catch {
    return { memory: 0, processor: 0 };
  }
};

export interface FleetFigures {
  readonly devices: number;
  readonly new: number;
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly requests: number;
  readonly megabytesPerDevice: number;
  readonly flashMegabytesPerDevice: number;
}

export const fleetRun = ({ folder }: Site, ...args: string[]): Promise<FleetFigures> =>
  new Promise((resolve, reject) => {
    const first = ['--image', 'one.bin', '--envelope', 'one.envelope', '--speed', String(SPEED), '--json'];
    const child = spawn(process.execPath, [CLI, 'fleet', ...first, ...args], { cwd: folder });
    let [text, words] = ['', ''];
    child.stdout.on('data', (more: Buffer) => (text += more.toString()));
    child.stderr.on('data', (more: Buffer) => (words += more.toString()));
    child.once('close', (status) => {
      if (status !== 0)
        return reject(new Error(`flipside fleet ${args.join(' ')}: exit ${status}; ${words}`));
      resolve((JSON.parse(text) as { rows: FleetFigures[] }).rows[0]!);
    });
  });
