/**
 * OSCORE as the endpoint of hal/coap takes it: its seam, `Protection`.
 *
 * Written in the device dialect, like agent/.
 */
import { Ok } from '../../agent/codes.ts';
import type { Binding, Peer, Protection } from '../coap/contract.ts';
import type { Message } from '../coap/message.ts';
import { codeIsRequest } from '../coap/numbers.ts';
import { writerReset } from '../coap/writer.ts';
import type { Writer } from '../coap/writer.ts';
import { oscoreNew } from './oscore.ts';
import type { Oscore } from './oscore.ts';
import type { Context } from './context.ts';
import type { Aead } from './ports.ts';
import { requestProtect, responseProtect } from './protect.ts';
import { refusalWrite } from './refusal.ts';
import { requestUnprotect, responseUnprotect } from './unprotect.ts';

export interface OscoreSettings {
  readonly aead: Aead;
  readonly contexts: readonly Context[];
  /**
   * Index of the context that requests to that peer go under; -1: it is not covered, and what it sends is taken as it is.
   * Default: all peers are covered, and requests go under the first context.
   */
  readonly indexOf?: ((peer: Peer) => number) | undefined;
}

export interface OscoreProtection extends Protection {
  /** Why a message was refused last, and how many were: an exchange that no answer ended has its reason here. */
  refused: number;
  refusals: number;
}

/** Its functions find their state in `this`: they lie in flash, where each closure would take RAM. */
interface Protecting extends OscoreProtection {
  readonly oscore: Oscore;
  readonly settings: OscoreSettings;
}

const indexOf = (settings: OscoreSettings, peer: Peer): number =>
  settings.indexOf === undefined ? 0 : settings.indexOf(peer);

function covers(this: Protecting, peer: Peer): boolean {
  return indexOf(this.settings, peer) >= 0;
}

function seal(this: Protecting, out: Writer, plain: Message, binding: Binding, peer: Peer): number {
  if (codeIsRequest(plain.code))
    return requestProtect(this.oscore, indexOf(this.settings, peer), binding, plain, out);
  return responseProtect(this.oscore, binding, plain, out);
}

function open(this: Protecting, out: Writer, sealed: Message, binding: Binding, _peer: Peer): number {
  const isRequest = codeIsRequest(sealed.code);
  const code = isRequest
    ? requestUnprotect(this.oscore, binding, sealed, out)
    : responseUnprotect(this.oscore, binding, sealed, out);
  if (code >= 0) return Ok;
  this.refused = code;
  this.refusals += 1;
  if (isRequest) refusalWrite(this.oscore, binding, sealed, code, out);
  else writerReset(out);
  return code;
}

/** Throws where a person wired it wrongly. */
export function oscoreProtection(settings: OscoreSettings): OscoreProtection {
  if (!(settings.contexts.length >= 1)) throw new RangeError('no security context');
  const made: Protecting = {
    oscore: oscoreNew(settings.aead, settings.contexts),
    settings: settings,
    refused: Ok,
    refusals: 0,
    covers: covers,
    seal: seal,
    open: open,
  };
  return made;
}
