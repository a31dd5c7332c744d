/** The board that a process on Linux is: board.c. `native` is XS's: it gives the C function of that name. */
import Modules from 'modules';
import { flashOver } from './flash.ts';
import type { FlashModule } from './flash.ts';
import { PLACES } from './places.ts';

declare function native(name: string): { call(self: unknown, ...args: unknown[]): unknown };

export function setting(name: string): string {
  return native('xs_board_setting').call(undefined, name) as string;
}

export function log(text: string): void {
  native('xs_board_log').call(undefined, text);
}

export function resetCause(): number {
  return native('xs_board_cause').call(undefined) as number;
}

export function restart(): void {
  native('xs_board_restart').call(undefined);
}

export function feed(seconds: number): void {
  native('xs_board_feed').call(undefined, seconds);
}

function flashRead(at: number, into: Uint8Array): void {
  native('xs_board_flash_read').call(undefined, at, into);
}

function flashWrite(at: number, bytes: Uint8Array): void {
  native('xs_board_flash_write').call(undefined, at, bytes);
}

export const flash: FlashModule = flashOver({ read: flashRead, write: flashWrite }, PLACES);

/** Bytes of slots, chunks and stack of the machine, at most so far: what an instrumented build knows. */
export function memory(): string {
  return native('xs_board_memory').call(undefined) as string;
}

export function imageLoad(slot: number, size: number): (device: object) => void {
  const place = slot === 0 ? PLACES.slot_a : PLACES.slot_b;
  native('xs_board_map').call(undefined, place.from * 4096, size);
  return Modules.importNow('image');
}
