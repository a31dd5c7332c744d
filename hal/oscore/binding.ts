/**
 * What is kept of a request until its last answer, of an observation until it ends (RFC 8613 section 8), in bytes that
 * whoever keeps them need not understand. Of a request to us it may be copied, and each copy be used.
 *
 *   | context 1 | observe 1 | partial IV of the request 5 | highest partial IV + 1, 5 | notifications 3 |
 *
 * Numbers are big-endian. The last three are of a request of ours.
 *
 * Written in the device dialect, like agent/.
 */
import type { Binding } from '../coap/contract.ts';

const OBSERVE_AT = 1;
const PIV_AT = OBSERVE_AT + 1;
const PIV_SIZE = 5;
const HIGHEST_AT = PIV_AT + PIV_SIZE;
const NOTIFICATIONS_AT = HIGHEST_AT + PIV_SIZE;
const NOTIFICATIONS_SIZE = 3;
/** Room that a binding needs. */
export const BINDING_SIZE: number = NOTIFICATIONS_AT + NOTIFICATIONS_SIZE;

export function bindingNew(): Binding {
  return { bytes: new Uint8Array(BINDING_SIZE), length: 0 };
}

const numberPut = (bytes: Uint8Array, at: number, size: number, value: number): void => {
  for (let i = at + size - 1; i >= at; i--) {
    bytes[i] = value % 256;
    value = (value - (value % 256)) / 256;
  }
};

const numberGet = (bytes: Uint8Array, at: number, size: number): number => {
  let value = 0;
  for (let i = at; i < at + size; i++) value = value * 256 + (bytes[i] as number);
  return value;
};

/** Throws where there is no room: a person made it too small. `context` is an index. */
export function bindingStart(b: Binding, context: number, piv: number, observe: boolean): void {
  if (!(BINDING_SIZE <= b.bytes.length)) throw new RangeError(`a binding takes ${BINDING_SIZE} bytes`);
  b.bytes.fill(0, 0, BINDING_SIZE);
  b.bytes[0] = context;
  b.bytes[OBSERVE_AT] = observe ? 1 : 0;
  numberPut(b.bytes, PIV_AT, PIV_SIZE, piv);
  b.length = BINDING_SIZE;
}

/** There is no request. */
export function bindingClear(b: Binding): void {
  b.length = 0;
}

/** Index of its context; -1: there is no request. */
export function bindingContext(b: Binding): number {
  return b.length === BINDING_SIZE ? (b.bytes[0] as number) : -1;
}

export function bindingPiv(b: Binding): number {
  return numberGet(b.bytes, PIV_AT, PIV_SIZE);
}

export function bindingObserves(b: Binding): boolean {
  return b.bytes[OBSERVE_AT] === 1;
}

/** Notifications taken so far. */
export function bindingNotifications(b: Binding): number {
  return numberGet(b.bytes, NOTIFICATIONS_AT, NOTIFICATIONS_SIZE);
}

/** The highest partial IV among them; -1: none had one. */
export function bindingHighest(b: Binding): number {
  return numberGet(b.bytes, HIGHEST_AT, PIV_SIZE) - 1;
}

/** One more was taken, under `piv`, or -1: under that of the request. */
export function bindingTake(b: Binding, piv: number): void {
  if (piv > bindingHighest(b)) numberPut(b.bytes, HIGHEST_AT, PIV_SIZE, piv + 1);
  const next = bindingNotifications(b) + 1;
  numberPut(b.bytes, NOTIFICATIONS_AT, NOTIFICATIONS_SIZE, next);
}
