/** The configuration file of a gateway; docs/OPERATIONS.md shows one. What it names lies relative to the file itself. */
import { dirname, resolve } from 'node:path';
import { anchorLoad } from '../../publisher/anchors.ts';
import type { AnchorFile } from '../../publisher/anchors.ts';
import type { GroupPlan, Plan } from '../contract.ts';
import {
  documentOf,
  fieldTrouble,
  flagOf,
  listOf,
  matching,
  optionalNumberOf,
  optionalTextOf,
  recordOf,
  textOf,
  wholeNumberOf,
} from './field.ts';
import type { Field } from './field.ts';

export interface Listening {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host: string;
  /** Devices on this link are not authenticated by it. */
  readonly insecure: boolean;
}

export interface StatusListening {
  readonly port: number;
  readonly host: string;
  /** Names, beside addresses and localhost, that a browser may have asked for: those under which a proxy shows it. */
  readonly hosts: readonly string[];
}

export interface HttpListening extends Listening {
  /** PEM files. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** As devices reach it: links of DDI lead there. */
  readonly publicUrl?: string | undefined;
}

export type UpstreamConfig =
  | {
      readonly kind: 'hawkbit';
      /** `https://host/TENANT/controller/v1`. */
      readonly url: string;
      /** Answers confirmationBase in the owner's name. */
      readonly confirm: boolean;
    }
  | {
      readonly kind: 'folder';
      /** A folder of `flipside publish`, one for each vendor and class. */
      readonly urls: readonly string[];
    };

export interface GatewayConfig {
  readonly file: string;
  /** Store, inventory. */
  readonly folder: string;
  /** Sealed: tokens and keys (`flipside gateway enrol` writes it). */
  readonly secrets: string;
  readonly devices: string;
  readonly anchors: readonly AnchorFile[];
  readonly threshold: number;
  readonly upstream: UpstreamConfig;
  readonly plan: Plan;
  readonly coap?: Listening | undefined;
  readonly http?: HttpListening | undefined;
  readonly status?: StatusListening | undefined;
  /** Bytes. */
  readonly quota: number;
  /** Other origins that files may come from: `scheme://host[:port]`. */
  readonly allowOrigins: readonly string[];
  /** Hosts that may lie at private, loopback or link-local addresses. */
  readonly allowPrivate: readonly string[];
  /** PEM file of the authorities for the upstream, in place of Node's. */
  readonly ca?: string | undefined;
  /** Seconds between check-ins. */
  readonly wake: number;
  /** Seconds after which a device that took an order and says no more counts as lost. */
  readonly patience: number;
  /** Every group is paused at the start, as after a restore. */
  readonly paused: boolean;
}

const QUOTA = 1 << 30;
const QUOTA_LEAST = 1 << 16;
const WAKE = 3600;
const DAY = 86400;
const PATIENCE = 7 * DAY;
const YEAR = 366 * DAY;
const PORT_MAX = 65535;
const FIELDS = [
  'version',
  'folder',
  'secrets',
  'devices',
  'anchors',
  'threshold',
  'upstream',
  'groups',
  'pairs',
  'coap',
  'http',
  'status',
  'quota',
  'allowOrigins',
  'allowPrivate',
  'ca',
  'wake',
  'patience',
  'paused',
] as const;

const plain = (item: Field): string => textOf(item, 'Give a text');

/** A port that this machine listens at. */
const listeningOf = (field: Field, port: number): Listening | undefined => {
  if (field.value === undefined) return undefined;
  const fields = recordOf(field, ['port', 'host', 'insecure']);
  return {
    port: wholeNumberOf(fields['port']!, 0, PORT_MAX) ?? port,
    host: optionalTextOf(fields['host']!) ?? '127.0.0.1',
    insecure: flagOf(fields['insecure']!),
  };
};

/** Whoever reaches it is on this machine. */
export const isLoopback = (host: string): boolean => /^(127(\.\d{1,3}){3}|::1|localhost)$/i.test(host);

const httpOf = (field: Field, near: (path: string) => string): HttpListening | undefined => {
  if (field.value === undefined) return undefined;
  const { cert, key, url, ...rest } = recordOf(field, ['port', 'host', 'insecure', 'cert', 'key', 'url']);
  const bare = Object.entries(rest).map(([name, { value }]) => [name, value] as const);
  const listening = listeningOf({ ...field, value: Object.fromEntries(bare) }, 8443)!;
  const [certFile, keyFile] = [optionalTextOf(cert!), optionalTextOf(key!)];
  if ((certFile === undefined) !== (keyFile === undefined))
    throw fieldTrouble(field, 'has one of cert and key', 'Give both: the certificate and its key, as PEM');
  if (certFile === undefined && !listening.insecure && !isLoopback(listening.host)) {
    const remedy =
      'Give cert and key; or "host": "127.0.0.1", behind a proxy that has them; or "insecure": true, and then whoever is on that network can read what devices get, and speak in their name';
    throw fieldTrouble(field, 'has no certificate', remedy);
  }
  return {
    ...listening,
    cert: certFile === undefined ? undefined : near(certFile),
    key: keyFile === undefined ? undefined : near(keyFile),
    publicUrl:
      url!.value === undefined ? undefined : urlOf(url!, 'Give a URL such as https://gateway.example.com'),
  };
};

const NAME_REMEDY = 'Give a name without scheme and port, such as gateway.example.com';

const statusOf = (field: Field): StatusListening | undefined => {
  if (field.value === undefined) return undefined;
  const { port, host, hosts } = recordOf(field, ['port', 'host', 'hosts']);
  return {
    port: wholeNumberOf(port!, 0, PORT_MAX) ?? 8090,
    host: optionalTextOf(host!) ?? '127.0.0.1',
    hosts: listOf(hosts!, (item) => matching(item, /^[a-z0-9._-]{1,253}$/i, NAME_REMEDY)),
  };
};

const URL_REMEDY = 'Give a URL such as https://updates.example.com/DEFAULT/controller/v1';

const urlOf = (field: Field, remedy = URL_REMEDY): string =>
  matching(field, /^https?:\/\/[^/\s?#]+(\/[^\s?#]*)?$/i, remedy);

const upstreamOf = (field: Field): UpstreamConfig => {
  const { kind, url, urls, confirm } = recordOf(field, ['kind', 'url', 'urls', 'confirm']);
  const name = matching(kind!, /^(hawkbit|folder)$/, 'Give "hawkbit" or "folder"');
  if (name === 'hawkbit')
    return { kind: 'hawkbit', url: urlOf(url!).replace(/\/+$/, ''), confirm: flagOf(confirm!) };
  const given = url!.value === undefined ? listOf(urls!, urlOf) : [urlOf(url!)];
  if (given.length === 0) throw fieldTrouble(field, 'names no folder', URL_REMEDY);
  return { kind: 'folder', urls: given };
};

const failuresOf = (field: Field): number | string | undefined => {
  const { value } = field;
  if (typeof value === 'string')
    return matching(field, /^\d{1,3}(\.\d+)?%$/, 'Give a count such as 2, or a share such as "10%"');
  return wholeNumberOf(field, 1, 1e6);
};

const groupOf = (field: Field): GroupPlan => {
  const { name, devices, after, success, failures, together } = recordOf(field, [
    'name',
    'devices',
    'after',
    'success',
    'failures',
    'together',
  ]);
  const share = optionalNumberOf(success!, 0, 1);
  const most = failuresOf(failures!);
  const atOnce = wholeNumberOf(together!, 1, 1e6);
  return {
    name: matching(name!, /^[\w.-]{1,64}$/, 'Give a name of letters, digits, . _ -'),
    devices: listOf(devices!, plain),
    after: listOf(after!, plain),
    ...(share === undefined ? {} : { success: share }),
    ...(most === undefined ? {} : { failures: most }),
    ...(atOnce === undefined ? {} : { together: atOnce }),
  };
};

export const configLoad = (file: string): GatewayConfig => {
  const document = documentOf(file, 'CONFIG');
  const fields = recordOf(document, FIELDS);
  const at = (name: (typeof FIELDS)[number]): Field => fields[name]!;
  if (at('version').value !== 1)
    throw fieldTrouble(at('version'), 'is not 1', 'This flipside reads version 1: "version": 1');
  const base = dirname(resolve(file));
  const near = (path: string): string => resolve(base, path);
  const named = (name: (typeof FIELDS)[number], otherwise: string): string =>
    near(optionalTextOf(at(name)) ?? otherwise);
  const anchors = listOf(at('anchors'), (item) => anchorLoad(near(plain(item))));
  if (anchors.length === 0)
    throw fieldTrouble(at('anchors'), 'is empty', 'Name the anchor files of those who sign releases');
  const ca = optionalTextOf(at('ca'));
  return {
    file,
    folder: near(textOf(at('folder'), 'Name a folder for the store and the inventory')),
    secrets: named('secrets', 'gateway.secrets'),
    devices: named('devices', 'devices.json'),
    anchors,
    threshold: wholeNumberOf(at('threshold'), 1, anchors.length) ?? 1,
    upstream: upstreamOf(at('upstream')),
    plan: {
      groups: listOf(at('groups'), groupOf),
      pairs: listOf(at('pairs'), (item) => listOf(item, plain)),
    },
    coap: listeningOf(at('coap'), 5683),
    http: httpOf(at('http'), near),
    status: statusOf(at('status')),
    quota: wholeNumberOf(at('quota'), QUOTA_LEAST, Number.MAX_SAFE_INTEGER) ?? QUOTA,
    allowOrigins: listOf(at('allowOrigins'), plain),
    allowPrivate: listOf(at('allowPrivate'), plain),
    ca: ca === undefined ? undefined : near(ca),
    wake: wholeNumberOf(at('wake'), 1, YEAR) ?? WAKE,
    patience: wholeNumberOf(at('patience'), 1, YEAR) ?? PATIENCE,
    paused: flagOf(at('paused')),
  };
};
