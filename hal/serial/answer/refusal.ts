/** How a request is refused: which number of SMP goes with a code of the agent, and how either is told. */
import type { Serving } from '../serving.ts';
import { writeKeyNumber, writeMap, writeText } from '../message/writer.ts';

/** SMP's own errors (`mcumgr_err_t`). */
export const Rc = {
  Unknown: 1,
  NoMemory: 2,
  Invalid: 3,
  NoEntry: 5,
  BadState: 6,
  MessageSize: 7,
  NotSupported: 8,
  Corrupt: 9,
  Busy: 10,
  AccessDenied: 11,
  TooNew: 13,
} as const;

/** Errors of the image group that this server gives (`img_mgmt_ret_rc_t`). */
export const ImageRc = {
  NoImage: 3,
  InvalidSlot: 14,
  InvalidOffset: 20,
  InvalidLength: 21,
  InvalidHash: 24,
  DataOverrun: 31,
  ConfirmDenied: 32,
  TestActiveDenied: 33,
} as const;

/** The first row that a code of agent/err.ts lies in: lowest, highest, what it is to SMP. */
const CODES: readonly (readonly [number, number, number])[] = [
  [-6, -1, Rc.Unknown],
  [-11, -11, Rc.Invalid],
  [-13, -10, Rc.BadState],
  [-29, -23, Rc.AccessDenied],
  [-30, -20, Rc.Corrupt],
  [-51, -40, Rc.Invalid],
  [-66, -66, Rc.NoMemory],
  [-69, -68, Rc.Busy],
  [-72, -72, Rc.BadState],
  [-76, -60, Rc.AccessDenied],
  [-87, -80, Rc.Corrupt],
  [-121, -100, Rc.BadState],
];

export function rcOf(code: number): number {
  for (const row of CODES) if (code >= row[0] && code <= row[1]) return row[2];
  return Rc.Unknown;
}

/**
 * The agent said no. Told as an error of the protocol in both versions, because that is the form that takes a reason in
 * words: stock clients print it, and the number in it is the one that `flipside explain` knows.
 */
export function refuseCode(serving: Serving, code: number): void {
  serving.refusals++;
  writeMap(serving.body, 2);
  writeKeyNumber(serving.body, 'rc', rcOf(code));
  writeText(serving.body, 'rsn');
  writeText(serving.body, `flipside ${code}`);
}

/** The protocol says no. */
export function refuse(serving: Serving, rc: number): void {
  serving.refusals++;
  writeMap(serving.body, 1);
  writeKeyNumber(serving.body, 'rc', rc);
}

/** The group says no: in version 2 with its own number, in version 1 with one of SMP's. */
export function refuseGroup(serving: Serving, rc: number, old: number): void {
  if (serving.header.version === 0) {
    refuse(serving, old);
    return;
  }
  serving.refusals++;
  writeMap(serving.body, 1);
  writeText(serving.body, 'err');
  writeMap(serving.body, 2);
  writeKeyNumber(serving.body, 'group', serving.header.group);
  writeKeyNumber(serving.body, 'rc', rc);
}

/** Whether the board lets a peer do this; if not, it is refused. */
export function may(serving: Serving, act: number): boolean {
  const ask = serving.options.may;
  if (!ask || ask(act)) return true;
  refuse(serving, Rc.AccessDenied);
  return false;
}
