export { hasPrograms } from "./firmware-tools.ts";
export { buildOptiboot, canBuildOptiboot } from "./optiboot.ts";
