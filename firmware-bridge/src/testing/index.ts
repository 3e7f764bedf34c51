export { hasPrograms } from "./firmware-tools.ts";
export { buildOptiboot, canBuildOptiboot } from "./optiboot.ts";
export { hasPseudoTerminal, openPseudoTerminal, type PseudoTerminal } from "./pseudo-terminal.ts";
export { putOnTerminal } from "./board-on-terminal.ts";
