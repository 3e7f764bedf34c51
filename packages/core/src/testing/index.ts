export { type ContractTest, ContractError, physicalSystemContract, randomPortValues } from "./contract.ts";
export { createFakeClock, type FakeClock } from "./fake-clock.ts";
