import { join } from "node:path";
import {
  type Authority,
  checkPrivate,
  createAuthority,
  openAuthority,
  openFolder,
  type Period,
  systemClock,
  writeAtomically,
} from "@ohmwork/runtime";

/** A sensor in a wall outlives most certificates: whom a fleet does not want any more is revoked, and does not run out. */
export function certificatePeriod(): Period {
  const now = systemClock.now();
  // An hour back, for machines whose clock is late.
  return { from: new Date(now - 3_600_000), until: new Date(now + 20 * 365.25 * 24 * 3_600_000) };
}

/** Makes the authority of a fleet, and what a broker at this host needs of it. */
export async function createFleetAuthority(path: string, brokerPath: string, fleet: string, host: string): Promise<void> {
  const own = await createAuthority(`Ohmwork fleet ${fleet}`, certificatePeriod());
  const broker = await (await openAuthority(own)).issue("broker", certificatePeriod(), [host]);
  const write = (folder: string, name: string, text: string): void =>
    writeAtomically(openFolder(folder), name, new TextEncoder().encode(text));
  write(path, "ca.crt", own.cert);
  write(path, "ca.key", own.key);
  write(brokerPath, "ca.crt", own.cert);
  write(brokerPath, "broker.crt", broker.cert);
  write(brokerPath, "broker.key", broker.key);
}

/** The authority of a fleet that has certificates, and its own one (PEM). */
export async function fleetAuthority(path: string): Promise<Authority & { readonly ca: string }> {
  const read = (name: string): string => new TextDecoder().decode(openFolder(path).read(name));
  checkPrivate(join(path, "ca.key"));
  const ca = read("ca.crt");
  return { ...(await openAuthority({ cert: ca, key: read("ca.key") })), ca };
}
