/**
 * hawkBit, a gateway, swupdate behind it over TLS. `exchange.js NAME FOLDER`.
 *
 * swupdate takes files `*.swu` alone, and installs what its own publisher signed. So a release of ours carries one as its
 * payload: the gateway hands it out once the release is proven, and swupdate judges it by its own lights.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { tokenHash } from '../../../gateway/config/secrets.ts';
import { openGateway } from '../../../gateway/gateway.ts';
import type { Gateway } from '../../../gateway/gateway.ts';
import { DdiLink } from '../../../hal/node/hawkbit.ts';
import { pack } from '../../../publisher/index.ts';
import { classId, gatewayWritten, key, packed, vendor } from '../../gateway/_world.ts';
import { fakeDdi } from '../../hawkbit/_server.ts';
import type { FakeDdi } from '../../hawkbit/_server.ts';
import { check, same } from '../_peer.ts';
import { BOARD, signerMake, swuMake } from './swu.ts';

const [, , scenario, folder] = process.argv as unknown as [string, string, string, string];
const ID = 'lamp-1';
const PATIENCE = 60_000;
const TOKEN = 'token-of-lamp-1-0123456789';
const OTHER = 'token-of-lamp-2-0123456789';
const certificateAt = (name: string): string => resolve(`test/http/certificates/${name}.pem`);
const at = (name: string): string => join(folder, name);

interface Stage {
  readonly server: FakeDdi;
  readonly gateway: Gateway;
  readonly signer: string;
}

const DEVICES = `/api/devices/${ID}`;

interface Shown {
  readonly state: string;
  readonly text: string;
}

/** As the status API shows the device. */
const shown = async ({ gateway }: Stage): Promise<Shown> => {
  const answer = await fetch(new URL(DEVICES, gateway.status));
  const text = await answer.text();
  return { state: /"state":"(\w+)"/.exec(text)?.[1] ?? '', text };
};

const gatewayOver = (server: FakeDdi): Promise<Gateway> => {
  const upstream = { kind: 'hawkbit', url: server.url.replace(/\/[^/]*$/, '') };
  const http = { port: 0, cert: certificateAt('server'), key: certificateAt('server.key') };
  const fields = { upstream, http, coap: undefined, status: { port: 0 }, wake: 1 };
  const written = gatewayWritten(folder, [{ id: ID }, { id: 'lamp-2' }], fields);
  written.secrets.devices[ID]!.tokenHash = tokenHash(TOKEN);
  written.secrets.devices['lamp-2']!.tokenHash = tokenHash(OTHER);
  return openGateway({ ...written, pace: { least: 0.05, settle: 0, busy: 1 } });
};

interface Running {
  readonly said: () => string;
  end(): Promise<void>;
}

/** The daemon, with its sockets and its scratch in a folder of its own, which it empties. `more`: of suricatta. */
const swupdateRun = ({ gateway, signer }: Stage, token: string, more: readonly string[] = []): Running => {
  const scratch = at(`scratch-${Date.now()}`);
  mkdirSync(scratch);
  const config = at('swupdate.cfg');
  const authority = certificateAt('authority');
  const sections = [
    'globals : { loglevel = 6; };',
    `suricatta : { cafile = "${authority}"; };`,
    'identify : ( { name = "board"; value = "peer"; } );',
  ];
  writeFileSync(config, `${sections.join('\n')}\n`);
  const url = gateway.http!.replace(/\/$/, '');
  const suricatta = [
    '-t',
    'DEFAULT',
    '-u',
    url,
    '-i',
    ID,
    '-k',
    token,
    '-p',
    '1',
    '-r',
    '1',
    '-w',
    '1',
    ...more,
  ];
  const args = [
    '-f',
    config,
    '-l',
    '6',
    '-k',
    signer,
    '-H',
    BOARD,
    '-o',
    at('stream'),
    '-u',
    suricatta.join(' '),
  ];
  const child = spawn('swupdate', args, { env: { ...process.env, TMPDIR: scratch }, detached: true });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (said += text.toString()));
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  return {
    said: () => said,
    async end() {
      // Its processes with it: it is the first of a group of its own.
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      await ended;
    },
  };
};

const until = async (
  what: string,
  holds: () => boolean | Promise<boolean>,
  said: () => string,
): Promise<void> => {
  for (const end = Date.now() + PATIENCE; !(await holds());) {
    if (Date.now() > end) throw new Error(`${what}: never\n${said().slice(-3000)}`);
    await new Promise((done) => setTimeout(done, 100));
  }
};

const toldOf = ({ server }: Stage): string[] =>
  server.told.flatMap(({ body }) =>
    body.status === undefined
      ? []
      : [`${body.status.execution} ${body.status.result.finished} ${body.status.details?.join(' ') ?? ''}`],
  );

/** What shows that it went all of the way: its words for each step. */
const STEPS = [
  'CONFIGDATA= "board": "peer"',
  "'update.suit' is not a SWU image, skipping",
  "checksum matches server's",
  'Verified OK',
  'SWUPDATE successful',
];

const installs = async (stage: Stage): Promise<string> => {
  const content = Buffer.alloc(300_000, 'swu');
  const swu = swuMake(folder, content, at('installed.bin'));
  const given = {
    image: swu,
    sequence: 2,
    vendor,
    classId,
    keys: [key],
    format: 'plain',
    uri: 'app.swu',
  } as const;
  const { envelope, bundle } = pack(given);
  const payload = bundle.subarray(envelope.length);
  check(Buffer.from(payload).equals(Buffer.from(swu)), 'a plain payload is the image itself');
  stage.server.assign({ id: '7', files: { 'update.suit': envelope, 'app.swu': payload } });
  const first = swupdateRun(stage, TOKEN);
  await until('installed', () => first.said().includes('pending testing'), first.said);
  check(Buffer.from(readFileSync(at('installed.bin'))).equals(content), 'the file that it installed');
  check(Buffer.from(readFileSync(at('stream'))).equals(Buffer.from(swu)), 'the stream that it took');
  for (const step of STEPS) check(first.said().includes(step), `it never said: ${step}`);
  const seen = await shown(stage);
  check(/"link":"ddi","authenticated":true/.test(seen.text), seen.text);
  await first.end();
  // After its restart, as its boot script would have it say: the new software runs.
  const second = swupdateRun(stage, TOKEN, ['-c', '2']);
  const claim = 'says, without proof: success: Update Installed.';
  await until('claimed', async () => (await shown(stage)).text.includes(claim), second.said);
  const { state } = await shown(stage);
  await until('told above', () => toldOf(stage).some((one) => one.includes(claim)), second.said);
  await new Promise((done) => setTimeout(done, 2500));
  await second.end();
  same(state, 'offered', 'its state');
  same(
    toldOf(stage).filter((one) => one.startsWith('closed')),
    [],
    'what closed the action',
  );
  return `${swu.length} bytes, the same on both sides; the server above hears "${claim}", and no end`;
};

const refuses = async (stage: Stage): Promise<string> => {
  stage.server.assign({ id: '7', files: packed(2, [1]).files });
  const running = swupdateRun(stage, TOKEN);
  await until('closed', () => toldOf(stage).some((one) => one.startsWith('closed failure')), running.said);
  const { state, text } = await shown(stage);
  await running.end();
  same(state, 'failed', 'its state');
  check(text.includes('No suitable .swu image found'), text);
  return 'failed: "No suitable .swu image found", here and above';
};

const recalled = async (stage: Stage): Promise<string> => {
  stage.server.assign({ id: '7', files: packed(2, [1]).files });
  const silent = (): string => '';
  const url = `${stage.gateway.http!}DEFAULT/controller/v1/${ID}`;
  const link = new DdiLink({
    url,
    token: TOKEN,
    kind: 'target',
    ca: readFileSync(certificateAt('authority'), 'utf8'),
  });
  const offered = async (): Promise<boolean> => {
    await link.ask('GET', link.place);
    return (await shown(stage)).state === 'offered';
  };
  await until('offered', offered, silent);
  stage.server.cancel();
  await until(
    'asked back',
    async () => (await link.ask('GET', link.place)).text.includes('cancelAction'),
    silent,
  );
  link.close();
  const running = swupdateRun(stage, TOKEN);
  await until('given up', async () => (await shown(stage)).state === 'cancelled', running.said);
  const above = (): boolean => stage.server.told.some(({ path }) => path === '/cancelAction/7/feedback');
  await until('told above', above, running.said);
  await running.end();
  check(running.said().includes('Acknowledging cancelled update'), 'it acknowledged');
  return 'given up at its word; the server above hears it under its own request';
};

const stranger = async (stage: Stage): Promise<string> => {
  stage.server.assign({ id: '7', files: packed(2, [1]).files });
  const running = swupdateRun(stage, OTHER);
  await until('refused', () => /HTTP.*401|401/.test(running.said()), running.said);
  const { text } = await shown(stage);
  await running.end();
  check(!text.includes('"ddi"'), text);
  check(!toldOf(stage).some((one) => one.startsWith('closed')), toldOf(stage).join('; '));
  return '401; the gateway has not seen the device';
};

const scenarios: Readonly<Record<string, (stage: Stage) => Promise<string>>> = {
  installs,
  refuses,
  recalled,
  stranger,
};
const server = await fakeDdi();
server.sleep = '00:00:01';
const stage: Stage = { server, gateway: await gatewayOver(server), signer: signerMake(folder) };
try {
  console.log(await scenarios[scenario]!(stage));
} finally {
  await stage.gateway.close();
  await server.close();
}
