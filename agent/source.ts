/** The running slot, as the source of an update sees it: which image it is, and what blocks it can give. */
import type { AgentState } from './agent.ts';
import { bytesCopy } from './bytes.ts';
import { Ok } from './codes.ts';
import { Proof } from './config.ts';
import * as Err from './err.ts';
import { indexBlocks } from './format/index.ts';
import { MANIFEST_DIGEST } from './format/layout.ts';
import { manifestRun } from './format/manifest.ts';
import { RUNNING_AT } from './parts.ts';
import { envelopeTrust, slotEnvelope, slotHolds, slotManifest } from './proof.ts';
import { slotReceiving } from './slots.ts';

/**
 * Looks at the running slot, which the boot decision has proven. Ok, or a code: then nothing is known of it. As
 * `proveSlot`, but that the manifest is run from here: the deepest calls there are.
 */
export function sourceProve(agent: AgentState): number {
  try {
    let code = sourceEnvelope(agent);
    if (code === Ok) code = manifestRun(slotManifest(agent.session.transfer.prover, agent.running));
    return code === Ok ? sourceHolds(agent) : code;
  } catch (_) {
    return Err.PortFailed;
  }
}

function sourceEnvelope(agent: AgentState): number {
  const transfer = agent.session.transfer;
  transfer.source = slotReceiving(transfer.slots, agent.running);
  const code = slotEnvelope(transfer.prover, transfer.source);
  return code === Ok ? envelopeTrust(transfer.prover, Proof.Tail) : code;
}

function sourceHolds(agent: AgentState): number {
  const transfer = agent.session.transfer;
  return slotHolds(transfer.prover, transfer.source, Proof.Tail);
}

/** What the running image is, and what blocks it can give. */
export function sourceTake(agent: AgentState): void {
  const transfer = agent.session.transfer;
  const tail = transfer.prover.tail;
  const manifest = transfer.prover.manifest;
  agent.sequence = manifest.sequence;
  agent.policy.runs = manifest.securityVersion;
  bytesCopy(manifest.manifestDigest, 0, agent.policy.parts, RUNNING_AT, MANIFEST_DIGEST);
  transfer.sourceSize = tail.imageSize;
  transfer.sourceIndexAt = tail.indexAt;
  transfer.sourceBlocks = tail.indexLength > 0 ? indexBlocks(tail.imageSize) : 0;
}
