/** An application that is well as soon as it runs. */
import type { Device } from '../../hal/xs-riscv/firmware/device.ts';

declare const device: Device;
device.agent.check('bench', 1, 0, () => 1);
