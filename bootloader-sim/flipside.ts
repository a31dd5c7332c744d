/** What a realm's global `flipside` is: the agent's exports, typed. */
import type { BootDecision } from '../agent/boot.ts';
import type { BootConfig, Config } from '../agent/config.ts';
import type { Ports, BootPorts } from '../hal/ports.ts';

export type Decision = BootDecision;
export type { Config };

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
export interface Flipside {
  openAgent(ports: Ports, config: Config): Agent;
  bootDecide(ports: BootPorts, config: BootConfig, into: BootDecision): number;
  bootDecisionNew(): BootDecision;
}
