import { BadInputError } from "@ohmwork/core";
import { createEar, createFilterBank, createMixer, ear8 } from "@ohmwork/systems";
import { describe, expect, it } from "vitest";
import { devicesByName, layersOfDevices } from "./stages-of-devices.ts";

const options = { design: ear8(), seed: 1, classes: 3 };
const simulated = { bank: createFilterBank(options), mixer: createMixer(options) };
const ear = createEar(options);

describe("devicesByName()", () => {
  it("leaves devices with one name as they are, and takes the stages of one that has several", () => {
    expect(devicesByName(simulated, simulated, "ear-8")).toEqual(simulated);
    const apart = devicesByName({ "mixer+bank": ear }, simulated, "ear-8");
    expect(Object.entries(apart).map(([name, { stages }]) => [name, stages[0]?.name])).toEqual([
      ["bank", "envelopes"],
      ["mixer", "scores"],
    ]);
  });

  it("refuses names that the network does not have, and a device that does not have the stages", () => {
    const failing = (devices: Parameters<typeof devicesByName>[0]) => () => devicesByName(devices, simulated, "ear-8");
    expect(failing({ "bank+mixr": ear })).toThrow('Network of ear-8 has no device "mixr", expected bank, mixer');
    expect(failing({ "bank+mixer": simulated.bank })).toThrow(BadInputError);
    expect(failing({ "bank+mixer": simulated.bank })).toThrow("One device is given for bank and mixer");
  });
});

describe("layersOfDevices()", () => {
  it("joins the layers of one device in their order, and leaves others", () => {
    const layer = (index: number, name: string) => ({
      layer: index,
      name,
      values: Float32Array.of(index),
      twins: { [name]: `twin ${index}` },
    });
    const joined = layersOfDevices([layer(0, "bank"), layer(1, "mixer"), layer(3, "last")], ["bank+mixer", "last"]);
    expect(joined).toEqual([
      { layer: 0, name: "bank+mixer", values: Float32Array.of(0, 1), twins: { bank: "twin 0", mixer: "twin 1" } },
      layer(3, "last"),
    ]);
  });
});
