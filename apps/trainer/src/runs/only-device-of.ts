import { BadInputError } from "@ohmwork/core";

/** What the network of a system calls its device, where it has one. */
const soleDevices: Readonly<Record<string, string>> = { plate: "plate", rlc: "circuit", shg: "crystal" };

/** @throws BadInputError when it has several */
export function onlyDeviceOf(system: string): string {
  const name = Object.hasOwn(soleDevices, system) ? soleDevices[system] : undefined;
  if (name !== undefined) return name;
  throw new BadInputError(`A group is trained device by device: system ${system} has several, name them`);
}
