/**
 * Where each figure of link.ts is from. "estimate" stands before what no source was found for that could be checked; what
 * such an estimate rests on follows. "chosen": it is ours to choose, and why so.
 */
import type { LinkProfile } from './link.ts';

export type LinkFigure = Exclude<keyof LinkProfile, 'name'>;

export const ESTIMATE = 'estimate';

const CC2340 = 'TI CC2340R2 data sheet SWRS282: radio receive current 5.3 mA at 2440 MHz, 1 Mbps, at 3 V';

const BLE: Readonly<Record<LinkFigure, string>> = {
  mtu: 'RFC 7668 section 3.2.3: IPv6 over Bluetooth LE has to take 1280 bytes, by L2CAP',
  block:
    'chosen: a block and its headers fill about one data channel PDU of 251 bytes (Core 4.2), and one more',
  window: 'chosen: several PDUs go in one connection event',
  roundTrip: 'two connection intervals of 30 ms, the least of Zephyr’s default BT_LE_CONN_PARAM_DEFAULT',
  rate: `${ESTIMATE}: six PDUs of 244 bytes for each interval of 30 ms would be 48 kB/s, less than half of it kept`,
  loss: `${ESTIMATE}: the link layer repeats; what is lost is what buffers have no room for`,
  dutyCycle: 'none is asked of it at 2.4 GHz and 0 dBm',
  overhead: `${ESTIMATE}: link layer 10, L2CAP 4, IPv6 and UDP compressed by RFC 6282 to 6`,
  energyPerByte: `${CC2340}: 8 µs a byte is 0.13 µJ; as much again for preambles and turns`,
  energyPerWake: `${ESTIMATE}: advertise and connect, some 0.3 s at 5 mA and 3 V`,
  idlePower: `${ESTIMATE}: a connection event of 1 ms each 50 ms at 5 mA and 3 V`,
};

const LOWPAN: Readonly<Record<LinkFigure, string>> = {
  mtu: 'RFC 4944 section 4: 1280 bytes of IPv6, in fragments of frames of 127 bytes',
  block:
    'chosen: a block and its headers fit one frame of 127 bytes: a fragment that is lost loses all of them',
  window: 'chosen: NSTART of RFC 7252: a second request would meet the first one on its way through the mesh',
  roundTrip: `${ESTIMATE}: three hops each way of 10 ms`,
  rate: `${ESTIMATE}: 250 kbit/s (IEEE 802.15.4-2020, O-QPSK), a tenth of it kept after acknowledgements and hops`,
  loss: `${ESTIMATE}: the share at which shared/reference measures CoAP`,
  dutyCycle: 'none is asked of it at 2.4 GHz',
  overhead: 'IEEE 802.15.4 header, security and check 31, preamble and length 6; RFC 6282: IPv6 and UDP 9',
  energyPerByte: `${CC2340}: 32 µs a byte at 250 kbit/s is 0.5 µJ at 1 Mbps current; as much again for the acknowledgement`,
  energyPerWake: `${ESTIMATE}: a poll of the parent, some 0.2 s at 5 mA and 3 V`,
  idlePower: 'nRF54L15 product specification: radio RX 3.4 mA at 3 V: a receiver that is on while it waits',
};

const ULE: Readonly<Record<LinkFigure, string>> = {
  mtu: 'RFC 8105 section 3.2: 1280 bytes of IPv6 over the segmentation of DECT DLC',
  block: 'chosen: a few DECT packets, and no more to repeat',
  window: 'chosen: one bearer',
  roundTrip: `${ESTIMATE}: a frame of DECT is 10 ms; set-up of a bearer and some frames each way`,
  rate: `${ESTIMATE}: a full slot of 32 kbit/s (ETSI EN 300 175-3)`,
  loss: `${ESTIMATE}: the MAC repeats`,
  dutyCycle: `${ESTIMATE}: none for one bearer of some seconds`,
  overhead: `${ESTIMATE}: DLC and MAC 8; IPv6 and UDP compressed 8`,
  energyPerByte: `${ESTIMATE}: a transceiver of 60 mA at 3 V, on for the slots only`,
  energyPerWake: `${ESTIMATE}: synchronize and set up a bearer, 50 ms at 60 mA and 3 V`,
  idlePower: `${ESTIMATE}: listens to a slot of each frame`,
};

const HALOW: Readonly<Record<LinkFigure, string>> = {
  mtu: 'RFC 894: as Ethernet',
  block: 'chosen: the largest there is',
  window: 'chosen: the round trip is longer than a block',
  roundTrip: `${ESTIMATE}: contention at 1 MHz and 150 kbit/s to 4 Mbit/s`,
  rate: `${ESTIMATE}: 300 kbit/s, the lowest single-stream rates of a channel of 1 MHz (IEEE 802.11ah, MCS 0)`,
  loss: `${ESTIMATE}: the MAC repeats, at the edge of its range not always enough`,
  dutyCycle:
    'Commission Implementing Decision (EU) 2017/1483, data networks at 863 to 868 MHz: 10 % for an access point',
  overhead: 'IEEE 802.11 header, LLC, check and security 48; IPv4 and UDP 28',
  energyPerByte: `${ESTIMATE}: a receiver of 15 mA at 3.3 V for 27 µs a byte`,
  energyPerWake: `${ESTIMATE}: associate, 0.5 s at 60 mA and 3.3 V`,
  idlePower: `${ESTIMATE}: a receiver of 15 mA at 3.3 V`,
};

const WIFI: Readonly<Record<LinkFigure, string>> = {
  mtu: 'RFC 894: as Ethernet',
  block: 'chosen: the largest there is',
  window: 'chosen: the round trip is longer than a block',
  roundTrip: `${ESTIMATE}: a server in the same region`,
  rate: `${ESTIMATE}: 4 Mbit/s of an ESP32 with flash in between`,
  loss: `${ESTIMATE}: the MAC repeats`,
  dutyCycle: 'none is asked of it at 2.4 GHz',
  overhead: 'IEEE 802.11 header, LLC, check and security 44; IPv4 and UDP 28',
  energyPerByte:
    'ESP32, no power save: 129 mA at 3.3 V (tobymurray/esp32-mqtt-sntp, README), for 2 µs a byte at the rate above',
  energyPerWake: `${ESTIMATE}: associate and DHCP, 2 s at the 129 mA of the ESP32`,
  idlePower: 'ESP32, no power save: 129 mA at 3.3 V (tobymurray/esp32-mqtt-sntp, README)',
};

const NB: Readonly<Record<LinkFigure, string>> = {
  mtu: '3GPP TS 23.060 annex C: a link MTU of 1358 bytes avoids fragments in the core network',
  block: 'chosen: shared/reference/ecosystem.md, section 7: 512 to 1024',
  window: 'chosen: half duplex, and one HARQ process in Release 13',
  roundTrip: `${ESTIMATE}: connected, normal coverage; in deep coverage up to the 10 s that 3GPP TR 45.820 allows`,
  rate: `${ESTIMATE}: 20 kbit/s of the 26 that Release 13 can sustain downwards`,
  loss: `${ESTIMATE}: HARQ and RLC repeat`,
  dutyCycle: 'licensed spectrum: none is asked of it',
  overhead: `${ESTIMATE}: MAC, RLC and PDCP 12; IPv4 and UDP 28`,
  energyPerByte: `${ESTIMATE}: a receiver of 46 mA at 3.6 V for 400 µs a byte at the rate above`,
  energyPerWake: `${ESTIMATE}: service request, and the receiver on until the connection is released, 20 s at 55 mA and 3.6 V`,
  idlePower: `${ESTIMATE}: connected-mode DRX, some 28 mA at 3.6 V on average`,
};

const LTE: Readonly<Record<LinkFigure, string>> = {
  mtu: '3GPP TS 23.060 annex C: a link MTU of 1358 bytes avoids fragments in the core network',
  block: 'chosen: the largest there is',
  window: 'chosen: the round trip is longer than a block',
  roundTrip: `${ESTIMATE}: connected, half duplex`,
  rate: `${ESTIMATE}: 240 kbit/s of the 300 of Cat-M1 in half duplex (Release 13)`,
  loss: `${ESTIMATE}: HARQ and RLC repeat`,
  dutyCycle: 'licensed spectrum: none is asked of it',
  overhead: `${ESTIMATE}: MAC, RLC and PDCP 12; IPv4 and UDP 28`,
  energyPerByte: `${ESTIMATE}: a modem of 75 mA at 3.6 V for 33 µs a byte`,
  energyPerWake: `${ESTIMATE}: service request, and the receiver on until the connection is released, 10 s at 80 mA and 3.6 V`,
  idlePower: `${ESTIMATE}: connected-mode DRX, some 28 mA at 3.6 V on average`,
};

const TAP: Readonly<Record<LinkFigure, string>> = {
  mtu: 'ISO/IEC 14443-4: frames of at most 256 bytes (FSD)',
  block: 'chosen: a block and its headers fit one frame',
  window: 'chosen: the reader asks, one command at a time',
  roundTrip: `${ESTIMATE}: a frame each way at 106 kbit/s, and the time of the tag`,
  rate: `${ESTIMATE}: half of 106 kbit/s (ISO/IEC 14443-2), less the turns`,
  loss: `${ESTIMATE}: a hand that moves`,
  dutyCycle: 'the reader transmits for as long as it is held there',
  overhead: `${ESTIMATE}: block format 3, check 2, header of the command 3`,
  energyPerByte: 'the reader’s field carries it; the device’s own battery has no part in the link',
  energyPerWake: 'as above',
  idlePower: 'as above',
};

const WIRE: Readonly<Record<LinkFigure, string>> = {
  mtu: 'RFC 894: 1500 bytes',
  block: 'chosen: the largest there is',
  window: 'chosen: a server further away than the switch',
  roundTrip: `${ESTIMATE}: a server in the same building`,
  rate: `${ESTIMATE}: 8 Mbit/s of the 100, as flash is slower`,
  loss: `${ESTIMATE}: a wire without collisions`,
  dutyCycle: 'a wire',
  overhead: 'IEEE 802.3 preamble, header, check and gap 38; IPv4 and UDP 28',
  energyPerByte: `${ESTIMATE}: a controller of 130 mA at 3.3 V for 0.08 µs a byte at 100 Mbit/s`,
  energyPerWake: `${ESTIMATE}: link negotiation and DHCP, 2 s at 130 mA and 3.3 V`,
  idlePower: `${ESTIMATE}: a controller of 130 mA at 3.3 V`,
};

/** By the name of the profile. */
export const LINK_SOURCES: Readonly<Record<string, Readonly<Record<LinkFigure, string>>>> = {
  'bluetooth-le': BLE,
  '802.15.4': LOWPAN,
  'dect-ule': ULE,
  '802.11ah': HALOW,
  wifi: WIFI,
  'nb-iot': NB,
  'lte-m': LTE,
  nfc: TAP,
  ethernet: WIRE,
};
