import { type Clock, OhmworkError, type Port, widthOf } from "@ohmwork/core";
import { StoreFailedError } from "@ohmwork/runtime";
import { hashOfPorts, openParameterSet, type ParameterSet, sealParameterSet } from "@ohmwork/wire";
import { type Device, isLearning, restOf } from "./device.ts";
import type { SlotStore } from "./slots/slot-store.ts";

/** The parameters that a device is to stand at. All of it uses the system: one call at a time, and nobody else meanwhile. */
export interface Committed {
  /** Programs the committed set: wipers forget when the power goes. */
  restore(): Promise<void>;
  /** Commits what was learned since. @throws StoreFailedError when the disk refuses */
  commitLearned(): Promise<void>;
  /** As `commitLearned`; a disk that refuses is said. */
  keepLearned(): Promise<void>;
  /**
   * Before somebody else moves wipers: what was learned is committed, and so is where they stand if nothing was yet.
   *
   * @throws StoreFailedError when the disk refuses
   * @throws NothingCommittedError when nobody knows where they stand, and there is nothing to come back to
   */
  hold(): Promise<void>;
  /** The wipers may hold values that nobody judged from now on: those are nothing that was learned. */
  doubt(): void;
  /** Of the parameters that the system holds; undefined from one that nobody can ask. */
  revision(): Promise<number | undefined>;
  /** With this revision the wipers hold what the disk says. */
  settled(revision: number | undefined): void;
  /** Programs the committed set again if the wipers may hold something else. */
  endDoubt(): Promise<void>;
  /** What the wipers hold, as far as it can be known. */
  values(): Promise<Float32Array>;
}

export async function createCommitted(options: {
  readonly device: Device;
  readonly slots: SlotStore;
  readonly clock: Clock;
  readonly onTrouble: (message: string) => void;
}): Promise<Committed> {
  const { device, slots, clock, onTrouble } = options;
  const { system, task } = device;
  const portsHash = await hashOfPorts(system.ports);
  const learning = isLearning(device) ? device.system : undefined;
  /** Of the committed set, while nothing was learned since. */
  let committedRevision: number | undefined;
  let inDoubt = false;

  const resting = (): Float32Array => restOf(device) ?? restingValues(system.ports.parameters);

  const committedValues = async (): Promise<Float32Array | undefined> => {
    const active = slots.active();
    if (active === undefined) return undefined;
    const opened = await openParameterSet(active.bytes);
    if (opened.ok && opened.value.set.ports === portsHash) return opened.value.set.values;
    onTrouble(`The committed parameters are not used: ${opened.ok ? "they are for other ports" : opened.detail}`);
    return undefined;
  };

  /** What stands on the disk; a device that nobody can ask what it holds rests where there is nothing. */
  const programCommitted = async (): Promise<void> => {
    const values = (await committedValues()) ?? (learning === undefined ? resting() : undefined);
    if (values === undefined) return;
    committedRevision = await system.program(values);
    inDoubt = false;
  };
  const endDoubt = async (): Promise<void> => {
    if (inDoubt) await programCommitted();
  };

  const commit = async (values: Float32Array, revision: number): Promise<void> => {
    const parent = slots.active()?.id;
    const set: ParameterSet = {
      ...(parent !== undefined && { parent }),
      values,
      encoding: "volts",
      classes: task?.classNames ?? [],
      ports: portsHash,
      twins: {},
      origin: "local",
      madeAt: Math.floor(clock.now()),
    };
    slots.commitLocal(await sealParameterSet(set));
    committedRevision = revision;
  };

  const readRevision = async (): Promise<number | undefined> => (await learning?.parameters())?.revision;

  const commitLearned = async (): Promise<void> => {
    if (inDoubt) return endDoubt();
    if (learning === undefined) return;
    const { revision, values } = await learning.parameters();
    if (revision !== committedRevision) await commit(values, revision);
  };

  return {
    restore: async () => {
      // What nobody has taught is not worth keeping.
      committedRevision = await readRevision();
      await programCommitted();
    },
    commitLearned,
    keepLearned: async () => {
      try {
        await commitLearned();
      } catch (error) {
        if (!(error instanceof StoreFailedError)) throw error;
        onTrouble(`${error.message}: what was learned is not kept`);
      }
    },
    hold: async () => {
      await commitLearned();
      if (inDoubt)
        throw new NothingCommittedError("The wipers may hold anything, and there is no committed set to come back to", {});
      if (learning === undefined || (await committedValues()) !== undefined) return;
      const { revision, values } = await learning.parameters();
      await commit(values, revision);
    },
    doubt: () => void (inDoubt = true),
    revision: readRevision,
    settled: (at) => {
      committedRevision = at;
      inDoubt = false;
    },
    endDoubt,
    values: async () => {
      if (learning !== undefined) return (await learning.parameters()).values;
      return (await committedValues()) ?? resting();
    },
  };
}

/** A device that nobody could bring back is not given away. */
class NothingCommittedError extends OhmworkError {
  readonly code = "board-reset";
}

/** Where a system is that nobody has set: each parameter at what its port has nearest to 0. */
export function restingValues(ports: readonly Port[]): Float32Array {
  const values = new Float32Array(widthOf(ports));
  let offset = 0;
  for (const { size, min, max } of ports) {
    values.fill(Math.min(max, Math.max(min, 0)), offset, offset + size);
    offset += size;
  }
  return values;
}
