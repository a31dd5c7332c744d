/**
 * The fault model of bootloader-sim on the emulated board. Its flash driver stops before or after an operation, leaves it
 * out or refuses it (board/fault.h); what a cut leaves half done is put into the file that is the flash.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { faultsOf, kindOf } from '../../bootloader-sim/crash/fault.ts';
import type { Fault } from '../../bootloader-sim/crash/fault.ts';
import { tearErase, tearUnit } from '../../hal/node/faults.ts';
import { SECTOR } from '../../hal/xs-riscv/build/flash.ts';
import type { Settings } from '../../hal/xs-riscv/build/flash.ts';

/** An operation as a board that traces tells it. */
export interface Traced {
  readonly kind: 'program' | 'erase';
  /** Of the power cycle, from 1 on. */
  readonly number: number;
  readonly offset: number;
  readonly length: number;
}

const TRACED = /^(program|erase) ([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)$/;

export const tracedOf = (log: readonly string[]): Traced[] =>
  log.flatMap((line) => {
    const found = TRACED.exec(line);
    if (found === null) return [];
    const [number, offset, length] = found.slice(2).map((hex) => parseInt(hex, 16)) as [
      number,
      number,
      number,
    ];
    return [{ kind: found[1] as 'program' | 'erase', number, offset, length }];
  });

/** board/fault.h `fault_way` */
const Way = { Before: 1, After: 2, Reset: 3, Ignored: 4, Refused: 5, Low: 6 } as const;

/**
 * How the driver makes a fault; undefined where it cannot. Bytes that read differently from read to read are such: the
 * engine and the agent read the flash where it lies. So is a unit that is bad for good.
 */
const wayOf = (fault: Fault): number | undefined => {
  const kind = kindOf(fault);
  if (kind.reads !== undefined && kind.reads !== 'fails') return undefined;
  if (kind.bad === 'later') return Way.After;
  if (kind.bad === 'refused') return Way.Refused;
  if (kind.bad !== undefined) return undefined;
  if (kind.cause !== undefined) return Way.Reset;
  if (kind.ignored) return Way.Ignored;
  if (kind.low) return Way.Low;
  return kind.stops === 'after' ? Way.After : Way.Before;
};

/** Whether the fault ends the emulation. */
export const stops = (fault: Fault): boolean => {
  const way = wayOf(fault);
  return way === Way.Before || way === Way.After;
};

/** All that can happen to an operation on this board, for a seed's choice of units. */
export const possible = (operation: Traced, unit: number, seed: number): Fault[] => {
  const units = operation.kind === 'program' ? operation.length / unit : 1;
  return [...faultsOf({ ...operation, device: 'flash', units }, { wide: true, units: 3, seed })].filter(
    (fault) => wayOf(fault) !== undefined,
  );
};

export const faultSettings = (operation: Traced, fault: Fault): Partial<Settings> => ({
  trace: 1,
  faultOperation: operation.number,
  faultWay: wayOf(fault)!,
  faultCause: kindOf(fault).cause ?? 0,
});

/** What cannot be read in the boots that follow. */
export const unreadable = (operation: Traced, fault: Fault, unit: number): Partial<Settings> => {
  if (kindOf(fault).reads !== 'fails') return {};
  if (operation.kind === 'erase') return { unreadableFrom: operation.offset, unreadableSize: SECTOR };
  return { unreadableFrom: operation.offset + fault.unit * unit, unreadableSize: unit };
};

const STOPPED = /^stopped at program [0-9a-f]+ [0-9a-f]+ [0-9a-f]+ ([0-9a-f]*)$/;

const tornProgram = (bytes: Buffer, wanted: Buffer, fault: Fault, unit: number): void => {
  const { torn, bad } = kindOf(fault);
  const at = fault.unit * unit;
  if (bad === 'later') {
    for (let byte = at; byte < at + unit; byte++) bytes[byte]! ^= 0x11;
    return;
  }
  if (torn === undefined) return;
  // Units are programmed in their order: those before the torn one are done.
  wanted.copy(bytes, 0, 0, at);
  tearUnit(bytes.subarray(at, at + unit), wanted.subarray(at, at + unit), torn, fault.seed);
};

/** Leaves in the flash what the fault leaves; `log`: of the power cycle that it ended. */
export const tear = (
  path: string,
  log: readonly string[],
  operation: Traced,
  fault: Fault,
  unit: number,
): void => {
  const file = openSync(path, 'r+');
  const bytes = Buffer.alloc(operation.length);
  readSync(file, bytes, 0, bytes.length, operation.offset);
  const { erase } = kindOf(fault);
  if (operation.kind === 'program') {
    const wanted = STOPPED.exec(log.at(-1) ?? '')?.[1];
    if (wanted === undefined) throw new Error(`no operation was stopped: ${log.slice(-3).join(' | ')}`);
    tornProgram(bytes, Buffer.from(wanted, 'hex'), fault, unit);
  } else if (erase !== undefined) tearErase(bytes, 0xff, erase, fault.seed);
  writeSync(file, bytes, 0, bytes.length, operation.offset);
  closeSync(file);
};
