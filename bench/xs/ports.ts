/** A machine that opens what the boot decision is given, ports and configuration, and does nothing with it. */
import { configOf } from '../../hal/xs-riscv/firmware/config.ts';
import { bootPorts } from '../../hal/xs-riscv/firmware/ports.ts';

function decide(): void {
  const given = [bootPorts(), configOf()];
  boardLog('decided 0 ' + given.length);
  for (;;) boardFeed(0);
}

// oxlint-disable-next-line device/dialect
(globalThis as unknown as { decide: () => void }).decide = decide;
