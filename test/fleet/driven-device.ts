import type { DrivenDevice } from "@ohmwork/agent";
import { createFakeLearner } from "@ohmwork/runtime/testing";

/** A device that learns nothing by itself; with a file it writes there where its wipers stand, as often as they move. */
export function createDrivenDevice(onProgrammed: (values: Float32Array) => void = () => undefined): DrivenDevice {
  const system = createFakeLearner();
  return {
    fleet: "home",
    id: "d1",
    system: {
      ...system,
      program: async (values, call) => {
        const revision = await system.program(values, call);
        onProgrammed(values);
        return revision;
      },
    },
    systemName: "fake learner",
  };
}
