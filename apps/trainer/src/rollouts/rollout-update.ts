import { StoreFailedError } from "@ohmwork/runtime";
import {
  clockSkewMilliseconds,
  encode,
  openParameterSet,
  payloadLimitBytes,
  sealParameterSet,
  type Signer,
  signUpdate,
} from "@ohmwork/wire";
import type { TrainerStore } from "../store/store.ts";
import type { Rollout, Target } from "./rollout.ts";

/** Longest set that one message has room for, beside what an update says of it [bytes]. */
export const longestSetBytes: number = payloadLimitBytes - 2048;

/**
 * What a target that is `sent` or `returning` is to hear. The same target gives the same bytes, whoever makes them and when: so it can be
 * said again, and a device that heard it knows it.
 *
 * @throws StoreFailedError when its set is not there, too long or cannot be read
 */
export async function rolloutUpdate(
  { store, fleet, signer }: { readonly store: TrainerStore; readonly fleet: string; readonly signer: Signer },
  { id: rollout, plan }: Pick<Rollout, "id" | "plan">,
  target: Target,
): Promise<Uint8Array> {
  const { device, version = 0, sentAt: signedAt = 0, phase } = target;
  const isReturn = phase === "returning";
  const bytesOf = async (id: string): Promise<Uint8Array> => {
    const kept = await store.parameterSet(fleet, id);
    if (kept !== undefined && kept.bytes.length <= longestSetBytes) return kept.bytes;
    const why =
      kept === undefined ? `is not in ${store.place} any more` : `has ${kept.bytes.length} bytes, too many for one message`;
    throw new StoreFailedError(`Parameter set ${id.slice(0, 12)} ${why}`, { file: store.place });
  };
  /** The earlier values as a set that follows on the one they are to replace: a device that has learned since refuses it. */
  const earlier = async (): Promise<Uint8Array> => {
    const opened = await openParameterSet(await bytesOf(target.previous ?? ""));
    if (!opened.ok) throw new StoreFailedError(`A set in ${store.place} cannot be read: ${opened.detail}`, { file: store.place });
    return (await sealParameterSet({ ...opened.value.set, parent: target.set, origin: "update", madeAt: signedAt })).bytes;
  };
  const signed = await signUpdate(
    {
      fleet,
      target: { device },
      version,
      set: isReturn ? await earlier() : await bytesOf(target.set),
      discardLocal: !isReturn && plan.discardLocal,
      requires: [],
      rollout,
      evidence: plan.evidence,
      signedAt,
      expires: signedAt + Math.ceil(plan.timeoutSeconds * 1000) + clockSkewMilliseconds,
    },
    signer,
  );
  return encode("desired", signed);
}
