import { createHash } from "node:crypto";
import { bytesOfValues } from "@ohmwork/wire";

/**
 * Names a request by all that its answer depends on: what the training calls it, the parameters and the inputs. Whoever asks
 * the same again, after a loss or in the place of another trainer, is given the same answer.
 *
 * @param parameters `hashOfValues` of what is to be measured at
 */
export function requestIdOf(call: string, parameters: string, inputs: Float32Array): string {
  const bytes = new Uint8Array(inputs.buffer, inputs.byteOffset, inputs.byteLength);
  return createHash("sha256").update(`${call}\0${parameters}\0`).update(bytes).digest("hex").slice(0, 32);
}

/** `hashOfValues` at once: a training asks for it at every step, and WebCrypto sends each to another thread. */
export const nameOfValues = (values: Float32Array): string => createHash("sha256").update(bytesOfValues(values)).digest("hex");
