/** The serial line, from UART to server and back. */
import type { Serial } from '../../serial/server.ts';

/** Bytes that are taken from the UART at once. */
const INPUT = 128;
const OUTPUT = 64;

export interface Line {
  readonly serial: Serial;
  readonly input: Uint8Array;
  readonly output: Uint8Array;
  /** Bytes at..length-1 of `input` came and are not taken yet. */
  at: number;
  length: number;
}

export function lineOpen(serial: Serial): Line {
  return {
    serial: serial,
    input: new Uint8Array(INPUT),
    output: new Uint8Array(OUTPUT),
    at: 0,
    length: 0,
  };
}

/** One round: bytes in, at most one slow thing of the agent, and all that is to go out. */
export function lineStep(line: Line): void {
  if (line.at === line.length) {
    line.at = 0;
    line.length = serialRead(line.input);
  }
  line.at += line.serial.take(line.input, line.at, line.length);
  line.serial.poll();
  for (;;) {
    const length = line.serial.give(line.output, 0, OUTPUT);
    if (length === 0) return;
    serialWrite(line.output, 0, length);
  }
}
