import { BadInputError, didYouMean, type Port } from "@ohmwork/core";

/**
 * Parameter ports with narrower windows, on the positions that the hardware takes.
 *
 * @param windows by name of the port
 * @throws BadInputError when there is no such port, or nothing of it is left
 */
export function narrowPorts(
  ports: readonly Port[],
  windows: Readonly<Record<string, { readonly min: number; readonly max: number }>>,
): Port[] {
  const names = ports.map(({ name }) => name);
  for (const name of Object.keys(windows))
    if (!names.includes(name)) throw new BadInputError(`No parameter port is called "${name}"${didYouMean(name, names)}`);
  return ports.map((port) => {
    const window = windows[port.name];
    if (window === undefined) return port;
    const [min, max] = [Math.max(port.min, window.min), Math.min(port.max, window.max)];
    const narrowed = port.levels === undefined ? { min, max } : onPositions(port, port.levels, { min, max });
    if (narrowed.min < narrowed.max) return { ...port, ...narrowed };
    throw new BadInputError(
      `Window of port ${port.name} from ${window.min} to ${window.max} leaves nothing of ${port.min} to ${port.max}`,
    );
  });
}

/** The outermost positions of a port that are within a window, and how many there are between them. */
function onPositions(
  port: Port,
  levels: number,
  window: { readonly min: number; readonly max: number },
): Pick<Port, "min" | "max" | "levels"> {
  const step = (port.max - port.min) / Math.max(1, levels - 1);
  /** A window that is given as a position is that position, whatever was lost to rounding. */
  const slack = 1e-9;
  const first = Math.ceil((window.min - port.min) / step - slack);
  const last = Math.floor((window.max - port.min) / step + slack);
  return { min: port.min + first * step, max: port.min + last * step, levels: last - first + 1 };
}
