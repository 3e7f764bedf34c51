import { BadInputError } from "@ohmwork/core";
import { hashOfPorts, openParameterSet, type ParameterSet } from "@ohmwork/wire";
import type { DeviceState, TrainerStore } from "../store/store.ts";
import { beginRollout, type Rollout } from "./rollout.ts";
import { longestSetBytes } from "./rollout-update.ts";
import type { RolloutRequest } from "./plan-schema.ts";

/**
 * Begins a rollout: from now on whoever leads it sends updates.
 *
 * @throws BadInputError when a set is not in the store or not for a device, a device was never heard of, nobody is in the group, or a
 * device is in another rollout that is open
 */
export async function startRollout(
  store: TrainerStore,
  fleet: string,
  request: RolloutRequest,
  { at, by }: { readonly at: number; readonly by: string },
): Promise<Rollout> {
  const { id = `r-${at.toString(36)}`, targets: wanted, ...plan } = request;
  const known = new Map((await store.devices(fleet)).map((state) => [state.device, state]));
  const targets = "group" in wanted ? membersOf(known, wanted) : wanted;
  if (new Set(targets.map(({ device }) => device)).size < targets.length) throw new BadInputError("A device is named twice");
  const sets = new Map<string, ParameterSet>();
  for (const set of new Set(targets.map((target) => target.set))) sets.set(set, await setOf(store, fleet, set));
  for (const { device, set } of targets) {
    if (!known.has(device)) throw new BadInputError(`Device ${device} has never been heard of`);
    const ports = known.get(device)?.birth?.ports;
    if (ports === undefined || (await hashOfPorts(ports)) === sets.get(set)?.ports) continue;
    throw new BadInputError(`Set ${set.slice(0, 12)} was made for other ports than those of device ${device}`);
  }
  const rollout = beginRollout(id, plan, targets, { at, by });
  await store.rollouts.begin(fleet, rollout);
  return rollout;
}

function membersOf(
  known: ReadonlyMap<string, DeviceState>,
  { group, set }: { readonly group: string; readonly set: string },
): { device: string; set: string }[] {
  const members = [...known.values()].filter(({ birth }) => birth?.groups?.includes(group) === true);
  if (members.length === 0) throw new BadInputError(`No device has said that it is in group ${group}`);
  return members.map(({ device }) => ({ device, set }));
}

async function setOf(store: TrainerStore, fleet: string, id: string): Promise<ParameterSet> {
  const kept = await store.parameterSet(fleet, id);
  if (kept === undefined) throw new BadInputError(`There is no parameter set ${id} in the store`);
  if (kept.bytes.length > longestSetBytes) {
    throw new BadInputError(`Set ${id.slice(0, 12)} has ${kept.bytes.length} bytes, too many for one message`);
  }
  const opened = await openParameterSet(kept.bytes);
  if (!opened.ok) throw new BadInputError(`Set ${id.slice(0, 12)} cannot be read: ${opened.detail}`);
  return opened.value.set;
}
