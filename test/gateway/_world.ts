/** What stands around a gateway in tests: releases, boards that report by HMAC, and a configuration with their keys. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createBoard, liveOf, provision, restart, tick } from '../../bootloader-sim/index.ts';
import type { Behaviour, Board } from '../../bootloader-sim/index.ts';
import { openFreeze } from '../../agent/freeze.ts';
import type { Clock } from '../../hal/ports.ts';
import type { Freeze } from '../../agent/freeze.ts';
import { nodeCrypto } from '../../hal/node/crypto.ts';
import { configLoad } from '../../gateway/config/config.ts';
import { devicesSave, SEALED_KEY } from '../../gateway/config/devices.ts';
import type { GatewayOptions } from '../../gateway/gateway.ts';
import { statusNew } from '../../agent/report.ts';
import type { Status } from '../../agent/report.ts';
import { openReporter } from '../../hal/identity/index.ts';
import type { Reporter } from '../../hal/identity/index.ts';
import { boardProfile } from '../../hal/node/boards.ts';
import { checkInMemory, checkInOver } from '../../hal/node/check-in.ts';
import type { CheckedIn, CheckInMemory, CheckInOptions } from '../../hal/node/check-in.ts';
import { nodeIdentity } from '../../hal/node/index.ts';
import {
  anchorOf,
  anchorRecord,
  anchorText,
  classIdentifier,
  keyParse,
  pack,
  slotImage,
  vendorIdentifier,
} from '../../publisher/index.ts';
import type { AnchorFile } from '../../publisher/anchors.ts';
import type { SigningKey } from '../../publisher/keys.ts';
import { reportKeyText } from '../../publisher/report-key.ts';
import { seededPem } from '../publisher/_keys.ts';
import { imageOf } from '../serial/_rig.ts';

export const vendor: Uint8Array = vendorIdentifier('example.com');
export const classId: Uint8Array = classIdentifier(vendor, 'lamp');
/** Of the owner: what it signs, boards and gateways take. */
export const key: SigningKey = keyParse(seededPem(1), 'key');
export const owner: AnchorFile = anchorOf(key);
export const stranger: SigningKey = keyParse(seededPem(2), 'key');
export const UPSTREAM_TOKEN = 'secret';

const HMAC = 5;
const keyId = Uint8Array.of(1);
const secretOf = (id: string): Uint8Array => new Uint8Array(createHash('sha256').update(id).digest());
const BLOCKS = 6;

export interface Packed {
  readonly sequence: number;
  readonly image: Uint8Array;
  readonly envelope: Uint8Array;
  readonly payload: Uint8Array;
  /** Of the payload, as the manifest has it. */
  readonly name: string;
  /** As a server has them. */
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** `own`: blocks of the image that no other sequence has. */
export const packed = (
  sequence: number,
  own: readonly number[] = [],
  given: { readonly signer?: SigningKey; readonly classId?: Uint8Array; readonly blocks?: number } = {},
): Packed => {
  const { signer = key, blocks = BLOCKS } = given;
  const image = imageOf(blocks, sequence, own);
  const { envelope, bundle } = pack({
    image,
    sequence,
    vendor,
    classId: given.classId ?? classId,
    keys: [signer],
  });
  const name = /[0-9a-f]{32}\.bin/.exec(Buffer.from(envelope).toString('latin1'))![0];
  const payload = bundle.subarray(envelope.length);
  return { sequence, image, envelope, payload, name, files: { 'update.suit': envelope, [name]: payload } };
};

export interface Device {
  readonly id: string;
  readonly board: Board;
  readonly memory: CheckInMemory;
  readonly reporter: Reporter;
}

/** A board that runs `factory`; `behaviours`: of other images than the factory's. */
export const deviceNew = (
  id: string,
  factory: Packed,
  behaviours: readonly (readonly [Packed, Behaviour])[] = [],
  own: Uint8Array = classId,
): Device => {
  const digestOf = ({ image }: Packed): string => createHash('sha256').update(image).digest('hex');
  const images = Object.fromEntries(behaviours.map(([one, behaviour]) => [digestOf(one), behaviour]));
  const board = createBoard({
    profile: boardProfile('tiny'),
    config: { vendor, classId: own, anchors: [anchorRecord(owner)] },
    behaviours: { images },
  });
  const { size, writeAlign, eraseValue } = board.flash.slots[0].partition.status();
  const { image, envelope } = factory;
  provision(board, 0, slotImage({ image, envelope, slotSize: size, unit: writeAlign, eraseValue }));
  let counter = 0;
  const reporter = openReporter({
    identity: nodeIdentity({ device: keyId, keys: [{ kind: 'HMAC', keyId, secret: secretOf(id) }] }),
    algorithm: HMAC,
    keyId,
    device: new TextEncoder().encode(id),
    counter: { next: () => ++counter },
  });
  return { id, board, memory: checkInMemory(), reporter };
};

/**
 * Writes configuration, anchor and list of devices into `folder`. `fields` are those of gateway.json beside the usual
 * ones: CoAP in the open at a free port, and all of this machine's addresses.
 */
export const gatewayWritten = (
  folder: string,
  devices: readonly { readonly id: string; readonly classId?: string; readonly vendor?: string }[],
  fields: Readonly<Record<string, unknown>>,
): Pick<GatewayOptions, 'config' | 'secrets' | 'warn'> => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'owner.anchor.json'), anchorText(owner));
  devicesSave(
    join(folder, 'devices.json'),
    devices.map((device) => ({ ...device, group: '', reportKey: SEALED_KEY })),
  );
  const file = join(folder, 'gateway.json');
  const usual = {
    version: 1,
    folder: 'state',
    anchors: ['owner.anchor.json'],
    allowPrivate: ['127.0.0.1'],
    coap: { port: 0, insecure: true },
  };
  writeFileSync(file, JSON.stringify({ ...usual, ...fields }));
  const reportKey = (id: string): string =>
    reportKeyText({ algorithm: 'hmac-256', keyId, key: secretOf(id) });
  return {
    config: configLoad(file),
    secrets: {
      version: 1,
      upstreamToken: UPSTREAM_TOKEN,
      devices: Object.fromEntries(devices.map(({ id }) => [id, { reportKey: reportKey(id) }])),
    },
    warn: () => undefined,
  };
};

const TICKS = 20;

/** One wake of a device, and what its application makes of it: a reset where an update is to boot, and some time. */
export const deviceWake = async (
  { id, board, memory, reporter }: Device,
  url: string,
  more: Partial<CheckInOptions> = {},
): Promise<CheckedIn> => {
  const { agent } = liveOf(board);
  const woken = await checkInOver({ agent: agent!, url, device: id, memory, reporter, ...more });
  if (woken.activated) restart(board);
  for (let ticks = 0; ticks < TICKS; ticks++) tick(board, liveOf(board));
  return woken;
};

/** What it says of itself. */
export const deviceStatus = ({ board }: Device): Status => {
  const status = statusNew();
  liveOf(board).agent!.status(status);
  return status;
};

/** What judges statements on a device. */
export const freezeOf = (clock: Clock): Freeze =>
  openFreeze({ crypto: nodeCrypto(), clock }, { vendor, classId, anchors: [anchorRecord(owner)] });

/** By a clock that it trusts. */
export const freezeNew = (clock: { readonly now: number }): Freeze =>
  freezeOf({ now: () => clock.now, trusted: () => true });
