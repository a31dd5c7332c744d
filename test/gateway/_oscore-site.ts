/** A folder with a gateway's files and a device's, as the commands leave them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { configLoad } from '../../gateway/config/config.ts';
import { secretsLoad } from '../../gateway/config/secrets.ts';
import { openGateway } from '../../gateway/gateway.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import { openReporter } from '../../hal/identity/index.ts';
import { TIMING } from '../../hal/coap/estimate.ts';
import type { Timing } from '../../hal/coap/estimate.ts';
import type { CheckInOptions } from '../../hal/node/check-in.ts';
import { keyStoreOpen, nodeIdentity, openLedgerFile } from '../../hal/node/identity/index.ts';
import { fileSequence, fileSequenceCreate, nodeAead, storedContext } from '../../hal/node/oscore.ts';
import { oscoreProtection } from '../../hal/oscore/index.ts';
import { gatewayWritten, UPSTREAM_TOKEN } from './_world.ts';

const cli = join(import.meta.dirname, '../../publisher/cli.js');
const GATEWAY = new TextEncoder().encode('gateway');
export const ID = 'lamp-1';
const HMAC = 5;
export const quick: Timing = { ...TIMING, roundTrip: 50, floor: 100, retransmits: 6, patience: 2000 };

export interface Site {
  readonly folder: string;
  at(name: string): string;
  run(...args: string[]): {
    readonly status: number | null;
    readonly stderr: string;
    readonly stdout: string;
  };
}

/** A folder with a device's store, and a gateway that has enrolled it. */
export const siteOf = (t: ExecutionContext, fields: object): Site => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-oscore-whole-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  gatewayWritten(folder, [], fields as Record<string, unknown>);
  const env = { ...process.env, NO_COLOR: '1' };
  const run: Site['run'] = (...args) =>
    spawnSync(process.execPath, [cli, ...args], { cwd: folder, encoding: 'utf8', env });
  const site = { folder, at: (name: string) => join(folder, name), run };
  const hex = Buffer.from(ID).toString('hex');
  const store = ['--key-file', 'lamp.key'];
  const seal = ['--key-file', 'gateway.key'];
  const steps = [
    ['identity', 'create', '--out', ID, '--device', hex, '--algorithm', 'hmac-256', ...store],
    [
      'gateway',
      'enrol',
      'gateway.json',
      ID,
      '--report-key',
      `${ID}.report-key.json`,
      '--oscore',
      'half.json',
      ...seal,
    ],
    ['identity', 'add', `${ID}.identity`, '--oscore', 'half.json', ...store],
  ];
  for (const step of steps) {
    const { status, stderr } = run(...step);
    if (status !== 0) throw new Error(`${step.join(' ')}: ${stderr}`);
  }
  return site;
};

export const gatewayAt = async (
  { at }: Pick<Site, 'at'>,
  port = 0,
  warn: (words: string) => void = () => undefined,
): Promise<Gateway> => {
  const config = configLoad(at('gateway.json'));
  const secrets = secretsLoad(config.secrets, { keyFile: at('gateway.key') });
  return openGateway({
    config: { ...config, coap: { ...config.coap!, port } },
    secrets: { ...secrets, upstreamToken: UPSTREAM_TOKEN },
    warn,
    pace: { least: 0.02, settle: 0 },
  });
};

/** What the device has in its store, as its drivers take it. */
export const keysOf = ({
  at,
}: Site): Pick<CheckInOptions, 'reporter'> & { coap: NonNullable<CheckInOptions['coap']> } => {
  const content = keyStoreOpen(at(`${ID}.identity`), { keyFile: at('lamp.key') });
  const identity = nodeIdentity(content);
  const sequence = at('lamp.sequence');
  fileSequenceCreate(sequence);
  const context = storedContext(identity, GATEWAY, fileSequence(sequence));
  return {
    reporter: openReporter({
      identity,
      algorithm: HMAC,
      keyId: content.keys.find(({ kind }) => kind === 'HMAC')!.keyId,
      device: content.device,
      counter: openLedgerFile(at('lamp.ledger')),
    }),
    coap: { protection: oscoreProtection({ aead: nodeAead(), contexts: [context] }), timing: quick },
  };
};
