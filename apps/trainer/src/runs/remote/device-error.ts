import { OhmworkError } from "@ohmwork/core";

/** A device of the fleet does not do what a run asks of it; `reason` is the word it gave, or `silent`. */
export class RemoteDeviceError extends OhmworkError<{ device: string; reason: string }> {
  readonly code = "device-refused";
}
