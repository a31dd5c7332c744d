/** What the agent reads of the slots, counted on its way to the driver. */
import type { BootPorts, FlashPartition, FlashPort, FlashStatus } from '../../hal/ports.ts';

/** Put in by the host: it takes memory, so what counts is a case of its own. */
declare const COUNTS_READS: boolean;

export interface Reads {
  calls: number;
  bytes: number;
}

interface Counting extends FlashPartition {
  readonly inner: FlashPartition;
  readonly reads: Reads;
}

function read(this: Counting, into: Uint8Array, offset: number): unknown {
  this.reads.calls++;
  this.reads.bytes += into.length;
  return this.inner.read(into, offset);
}

function write(this: Counting, bytes: Uint8Array, offset: number): unknown {
  return this.inner.write(bytes, offset);
}

function eraseBlock(this: Counting, from: number, to?: number): unknown {
  return this.inner.eraseBlock(from, to);
}

function status(this: Counting): FlashStatus {
  return this.inner.status();
}

/** Of equal sectors. */
function counting(port: FlashPort, reads: Reads): FlashPort {
  const partition: Counting = {
    inner: port.partition,
    reads: reads,
    read: read,
    write: write,
    eraseBlock: eraseBlock,
    status: status,
  };
  return { partition: partition };
}

export function readsOpen(): Reads | undefined {
  return COUNTS_READS ? { calls: 0, bytes: 0 } : undefined;
}

export function readsCounted(ports: BootPorts, reads: Reads | undefined): BootPorts {
  if (!COUNTS_READS || reads === undefined) return ports;
  return {
    slots: [counting(ports.slots[0]!, reads), counting(ports.slots[1]!, reads)],
    journal: ports.journal,
    crypto: ports.crypto,
    environment: ports.environment,
  };
}

export function readsSay(reads: Reads | undefined): void {
  if (COUNTS_READS && reads !== undefined) boardLog('reads ' + reads.calls + ' ' + reads.bytes);
}
