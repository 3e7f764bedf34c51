export { type Channel, type Component, ear12Build, type EarBuild, type Net, type Part, type Pin, type PinKind } from "./build.ts";
export { fitChannel, type FittedChannel, type ToneResponse } from "./fit-channel.ts";
