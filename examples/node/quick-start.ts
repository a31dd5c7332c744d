// A first contact: a board in memory runs version 1, is offered version 2, tries it out and confirms it.
import { statusNew } from 'flipside/agent';
import { activate, createBoard, deliver, provision, run } from 'flipside/bootloader-sim';
import { BOARDS } from 'flipside/hal/node';
import * as publisher from 'flipside/publisher';

const vendor = publisher.vendorIdentifier('example.com');
const classId = publisher.classIdentifier(vendor, 'lamp');
const key = publisher.keyParse(publisher.keyGenerate('ed25519'), 'quick-start');

const source = (version: number): Uint8Array =>
  new TextEncoder().encode(`
    device.log('lamp, version ${version}');
    device.health.check('lamp is lit', 'required', 30, () => 1);
    device.every(() => device.watchdog.feed());`);
const release = (version: number) =>
  publisher.pack({ image: source(version), sequence: version, vendor, classId, keys: [key] });
const config = { vendor, classId, anchors: [publisher.anchorRecord(publisher.anchorOf(key))] };
const board = createBoard({ profile: BOARDS.nrf52840, config, onLog: (line) => console.log(line.text) });
const { size } = board.flash.slots[0].partition.status();
provision(board, 0, publisher.slotImage({ image: source(1), envelope: release(1).envelope, slotSize: size }));

run(board); // boots slot A: "lamp, version 1"
console.log('offer:', deliver(board, release(2)).code); // 0: staged in slot B, proven from flash
console.log('activate:', activate(board)); // 0: the next boot is a trial
run(board); // boots slot B on trial: "lamp, version 2"; its check passes, and that confirms it
const status = statusNew();
board.live!.agent!.status(status);
console.log(`runs ${status.sequence} from slot ${'AB'[status.running]}, on trial: ${status.trial}`);
