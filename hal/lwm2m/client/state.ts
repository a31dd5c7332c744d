/** What the parts of the client share. */
import type { Endpoint, Peer } from '../../coap/contract.ts';
import type { Asked } from '../answer/asked.ts';
import type { Linking } from '../answer/discover.ts';
import type { Observing } from '../answer/observe.ts';
import type { PushAnswer } from '../answer/push.ts';
import type { Reading } from '../answer/read.ts';
import type { Writing } from '../answer/write.ts';
import type { Firmware } from '../firmware/object.ts';
import type { Accounts, Text } from '../model/accounts.ts';
import type { Attributes } from '../model/attributes.ts';
import type { Lwm2mObject } from '../model/object.ts';
import type { Lwm2mOptions } from './options.ts';
import type { Talk } from './talk.ts';

/** Where the client stands with its server. */
export const Registration = {
  Off: 0,
  Waiting: 1, // until it tries, or tries again
  Bootstrapping: 2,
  Registering: 3,
  Registered: 4,
  Deregistering: 5,
} as const;

export interface Client {
  readonly options: Lwm2mOptions;
  endpoint: Endpoint | undefined;
  readonly objects: readonly Lwm2mObject[];
  readonly accounts: Accounts;
  /** As they were before a bootstrap server began to write. */
  readonly backup: Accounts;
  readonly asked: Asked;
  readonly reading: Reading;
  readonly writing: Writing;
  readonly linking: Linking;
  readonly attributes: Attributes;
  readonly observing: Observing;
  readonly firmware: Firmware;
  readonly pushAnswer: PushAnswer;
  readonly talk: Talk;
  /** Where the server has the registration: segments of a path, each with its length before it. */
  readonly location: Text;
  server: Peer | undefined;
  bootstrapServer: Peer | undefined;
  state: number;
  /** Of the client's clock, milliseconds, as it was last told. */
  now: number;
  /** When a wait is over: Waiting, and the end of a bootstrap. */
  dueAt: number;
  /** When the registration is to be updated. */
  updateAt: number;
  /** An update that has to say what changed: lifetime and binding, or the list of objects. */
  updateAll: boolean;
  updateObjects: boolean;
  /** Failures in a row. */
  failures: number;
  /** Register without content formats: the server would not have them. */
  plain: boolean;
  /** In queue mode, until when the device listens; and whether it was told to sleep. */
  awakeUntil: number;
  asleep: boolean;
  /** A bootstrap was asked for by the server. */
  bootstrapWanted: boolean;
}
