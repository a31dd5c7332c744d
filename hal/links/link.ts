/**
 * Links as data: what a driver needs for its defaults, and a simulation for its figures. Where each figure is from stands
 * in sources.ts, which no device carries. They are typical, not promised; a board that knows its link better says so.
 */
export interface LinkProfile {
  readonly name: string;
  /** Bytes of IP packet that go without fragments above the link. */
  readonly mtu: number;
  /** Bytes of a block of CoAP (RFC 7959), or most that are asked for at once: a power of two, 16 to 1024. */
  readonly block: number;
  /** Requests under way at once. */
  readonly window: number;
  /** Milliseconds from a small request to its answer, the link awake and not loaded. */
  readonly roundTrip: number;
  /** Bytes per second to the device that an application sees. */
  readonly rate: number;
  /** Share of datagrams lost in each direction. */
  readonly loss: number;
  /** Share of the time in which the sender of the payload may transmit, or the device may listen. */
  readonly dutyCycle: number;
  /** Bytes that the link, IP and UDP add to each datagram. */
  readonly overhead: number;
  /** Microjoules of the device for each byte on the link, received or sent. */
  readonly energyPerByte: number;
  /** Millijoules of the device for each wake: synchronize, connect, and leave again. */
  readonly energyPerWake: number;
  /** Microwatts of the device while it waits for an answer. */
  readonly idlePower: number;
}

export const BLUETOOTH_LE: LinkProfile = {
  name: 'bluetooth-le',
  mtu: 1280,
  block: 256,
  window: 4,
  roundTrip: 60,
  rate: 20000,
  loss: 0.01,
  dutyCycle: 1,
  overhead: 20,
  energyPerByte: 0.25,
  energyPerWake: 5,
  idlePower: 300,
};

export const LOWPAN_802154: LinkProfile = {
  name: '802.15.4',
  mtu: 1280,
  block: 64,
  window: 1,
  roundTrip: 60,
  rate: 3000,
  loss: 0.05,
  dutyCycle: 1,
  overhead: 46,
  energyPerByte: 1,
  energyPerWake: 3,
  idlePower: 10200,
};

export const DECT_ULE: LinkProfile = {
  name: 'dect-ule',
  mtu: 1280,
  block: 256,
  window: 1,
  roundTrip: 100,
  rate: 4000,
  loss: 0.01,
  dutyCycle: 1,
  overhead: 16,
  energyPerByte: 3,
  energyPerWake: 10,
  idlePower: 5000,
};

export const WIFI_802_11_AH: LinkProfile = {
  name: '802.11ah',
  mtu: 1500,
  block: 1024,
  window: 4,
  roundTrip: 50,
  rate: 30000,
  loss: 0.02,
  dutyCycle: 0.1,
  overhead: 76,
  energyPerByte: 1.5,
  energyPerWake: 100,
  idlePower: 50000,
};

export const WIFI: LinkProfile = {
  name: 'wifi',
  mtu: 1500,
  block: 1024,
  window: 4,
  roundTrip: 20,
  rate: 500000,
  loss: 0.01,
  dutyCycle: 1,
  overhead: 72,
  energyPerByte: 0.8,
  energyPerWake: 850,
  idlePower: 425000,
};

export const NB_IOT: LinkProfile = {
  name: 'nb-iot',
  mtu: 1358,
  block: 512,
  window: 1,
  roundTrip: 2000,
  rate: 2500,
  loss: 0.02,
  dutyCycle: 1,
  overhead: 40,
  energyPerByte: 70,
  energyPerWake: 4000,
  idlePower: 100000,
};

export const LTE_M: LinkProfile = {
  name: 'lte-m',
  mtu: 1358,
  block: 1024,
  window: 4,
  roundTrip: 200,
  rate: 30000,
  loss: 0.01,
  dutyCycle: 1,
  overhead: 40,
  energyPerByte: 9,
  energyPerWake: 3000,
  idlePower: 100000,
};

export const NFC: LinkProfile = {
  name: 'nfc',
  mtu: 256,
  block: 128,
  window: 1,
  roundTrip: 25,
  rate: 5000,
  loss: 0.01,
  dutyCycle: 1,
  overhead: 8,
  energyPerByte: 0,
  energyPerWake: 0,
  idlePower: 0,
};

export const ETHERNET: LinkProfile = {
  name: 'ethernet',
  mtu: 1500,
  block: 1024,
  window: 4,
  roundTrip: 2,
  rate: 1000000,
  loss: 0,
  dutyCycle: 1,
  overhead: 66,
  energyPerByte: 0.04,
  energyPerWake: 900,
  idlePower: 430000,
};

export const LINKS: readonly LinkProfile[] = [
  BLUETOOTH_LE,
  LOWPAN_802154,
  DECT_ULE,
  WIFI_802_11_AH,
  WIFI,
  NB_IOT,
  LTE_M,
  NFC,
  ETHERNET,
];
