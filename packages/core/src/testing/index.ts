export { type ContractTest, ContractError, physicalSystemContract, randomPortValues } from "./contract.ts";
export { dataPath, type SkippingContext } from "./data-path.ts";
export { isDeep, type MeasuringContext, recordMeasured, scaled } from "./deep.ts";
export { createFakeClock, type FakeClock } from "./fake-clock.ts";
export { type GuaranteeResult, recordGuarantee, testSeed } from "./guarantee.ts";
