/** What a realm's global `flipside` is: the agent's exports, typed. */
import type { Ports, BootPorts } from '../hal/ports.ts';

export interface Decision {
  slot: number;
  why: number;
  trial: boolean;
  attempt: number;
  code: number;
  event: number;
  imageSize: number;
  sequence: number;
  securityVersion: number;
}
export interface Agent {
  offerBegin(): number;
  push(bytes: Uint8Array, from: number, to: number): number;
  poll(): number;
  wanted(range: { offset: number; length: number }): number;
  uri(into: Uint8Array): number;
  activate(): number;
  cancel(): number;
  confirm(): number;
  reject(reason: number): number;
  revert(): number;
  check(name: string, kind: number, deadline: number, run: () => number): number;
}
export interface Config {
  [name: string]: unknown;
}
export interface Flipside {
  openAgent(ports: Ports, config: Config): Agent;
  bootDecide(
    ports: BootPorts,
    config: Config & { onStep?: (step: number, slot: number) => void },
    into: Decision,
  ): number;
}
