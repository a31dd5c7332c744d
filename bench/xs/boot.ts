/** What a bootloader carries. */
import { bootDecide } from '../../agent/boot.ts';

// oxlint-disable-next-line device/dialect
(globalThis as unknown as { boot: unknown }).boot = bootDecide;
