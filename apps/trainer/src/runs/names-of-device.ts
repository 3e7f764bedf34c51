import { BadInputError } from "@ohmwork/core";

const ear = ["bank", "mixer"] as const;
/** What the network of a system calls its device, where it has one: several names where they are its stages. */
const soleDevices: Readonly<Record<string, readonly string[]>> = {
  plate: ["plate"],
  rlc: ["circuit"],
  shg: ["crystal"],
  "ear-12": ear,
  "ear-8": ear,
  "ear-12-fixed": ear,
  "ear-8-fixed": ear,
};

/** @throws BadInputError when it has several devices */
export function namesOfDevice(system: string): readonly string[] {
  const names = Object.hasOwn(soleDevices, system) ? soleDevices[system] : undefined;
  if (names !== undefined) return names;
  throw new BadInputError(`A group is trained device by device: system ${system} has several, name them`);
}
