/**
 * The partition table of an ESP32: where otadata and the two slots lie. At 8000 in flash, rows of 32 bytes, at most 96.
 *
 *   0 magic u16   2 type u8   3 subtype u8   4 offset u32   8 size u32   12 label 16   28 flags u32
 *
 *   magic 50AA   a partition: app (0) factory (0), ota_0 (10), ota_1 (11) and on; data (1) ota (0) is otadata
 *   magic EBEB   MD5 over the rows before it, at 16
 *   FFFF         the end
 *
 * The MD5 is not compared: no port has that digest, and the bootloader, which compares it at each boot, would not have
 * run what runs.
 */
import type { FlashPort } from '../ports.ts';
import { readU16, readU32 } from '../../agent/bytes.ts';
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { flashOpen, flashRead } from '../../agent/flash.ts';
import type { Flash } from '../../agent/flash.ts';
import { partition } from '../partition.ts';

/** Where ESP-IDF puts the table when nothing else is configured. */
export const TABLE_OFFSET = 0x8000;
const ROW = 32;
const ROWS_MAX = 96;
const SECTOR = 4096;

const MAGIC = 0x50aa;
const MAGIC_MD5 = 0xebeb;
const END = 0xffff;
const TYPE_APP = 0;
const TYPE_DATA = 1;
const FACTORY = 0;
const DATA_OTA = 0;
const OTA_FIRST = 0x10;
const OTA_LAST = 0x1f;

/** Bytes from the start of the flash; `size` 0: there is none. */
export interface PartitionPlace {
  offset: number;
  size: number;
}

export interface PartitionTable {
  readonly otadata: PartitionPlace;
  readonly factory: PartitionPlace;
  /** ota_0 and ota_1: slots 0 and 1. */
  readonly slots: readonly [PartitionPlace, PartitionPlace];
}

export function partitionTableNew(): PartitionTable {
  return {
    otadata: { offset: 0, size: 0 },
    factory: { offset: 0, size: 0 },
    slots: [
      { offset: 0, size: 0 },
      { offset: 0, size: 0 },
    ],
  };
}

/** Whole erase sectors inside the flash. */
function placeFits(flash: Flash, place: PartitionPlace): boolean {
  const inside = place.size > 0 && place.offset <= flash.size && place.size <= flash.size - place.offset;
  return inside && place.offset % SECTOR === 0 && place.size % SECTOR === 0;
}

function apart(a: PartitionPlace, b: PartitionPlace): boolean {
  return a.offset + a.size <= b.offset || b.offset + b.size <= a.offset;
}

/** The place that a row is for, or undefined for one of no interest here. */
function placeOf(table: PartitionTable, type: number, subtype: number): PartitionPlace | undefined {
  if (type === TYPE_DATA) return subtype === DATA_OTA ? table.otadata : undefined;
  if (type !== TYPE_APP) return undefined;
  if (subtype === FACTORY) return table.factory;
  return table.slots[subtype - OTA_FIRST];
}

function tableFits(flash: Flash, table: PartitionTable): boolean {
  const state = table.otadata;
  const first = table.slots[0];
  const second = table.slots[1];
  if (!placeFits(flash, state) || !placeFits(flash, first) || !placeFits(flash, second)) return false;
  return state.size >= 2 * SECTOR && apart(first, second) && apart(first, state) && apart(second, state);
}

/**
 * Reads the table at `at`. Ok, PartitionTable, or what the flash says. There must be otadata and exactly the slots ota_0
 * and ota_1: with another number of slots a sequence means another slot.
 */
export function partitionTableRead(port: FlashPort, at: number, into: PartitionTable): number {
  const flash = flashOpen(port, undefined);
  const row = new Uint8Array(ROW);
  let slots = 0;
  for (let i = 0; i < ROWS_MAX; i++) {
    const code = flashRead(flash, at + i * ROW, row, 0, ROW);
    if (code < 0) return code;
    const magic = readU16(row, 0);
    if (magic === END) return slots === 2 && tableFits(flash, into) ? Ok : Err.PartitionTable;
    if (magic === MAGIC_MD5) continue;
    if (magic !== MAGIC) return Err.PartitionTable;
    if (row[2] === TYPE_APP && row[3]! >= OTA_FIRST && row[3]! <= OTA_LAST) slots++;
    const place = placeOf(into, row[2]!, row[3]!);
    if (place === undefined) continue;
    if (place.size > 0) return Err.PartitionTable;
    place.offset = readU32(row, 4);
    place.size = readU32(row, 8);
  }
  return Err.PartitionTable;
}

/** A place of the table as a partition of its own. */
export function partitionAt(port: FlashPort, place: PartitionPlace): FlashPort {
  return partition(port, place.offset / SECTOR, place.size / SECTOR);
}
