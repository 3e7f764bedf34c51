import { readdir } from "node:fs/promises";

/** A serial port of this machine; ids and maker as its USB device gives them. */
export type SerialPortInfo = {
  readonly path: string;
  readonly manufacturer?: string;
  readonly usb?: string;
};

/** Ports found, and why there may be more. */
export type SerialPortList = { readonly ports: readonly SerialPortInfo[]; readonly problem?: string };

/** Linux names USB ports so; there they are found even without udevadm. */
const USB_PORT = /^tty(ACM|USB)\d+$/;

/** Lists the serial ports. Never rejects: a machine without the means to list them gives `problem`. */
export async function listSerialPorts(): Promise<SerialPortList> {
  const found = new Map<string, SerialPortInfo>();
  let problem: string | undefined;
  try {
    const { SerialPort } = await import("serialport");
    for (const { path, manufacturer, vendorId, productId } of await SerialPort.list()) {
      const usb = vendorId === undefined ? undefined : `${vendorId}:${productId ?? "?"}`;
      found.set(path, { path, ...(manufacturer !== undefined && { manufacturer }), ...(usb !== undefined && { usb }) });
    }
  } catch (error) {
    problem = `Serial ports could not be listed in full: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (process.platform === "linux") {
    const devices = await readdir("/dev").catch((): string[] => []);
    for (const name of devices.filter((device) => USB_PORT.test(device))) {
      const path = `/dev/${name}`;
      if (!found.has(path)) found.set(path, { path });
    }
  }
  const ports = [...found.values()].toSorted((a, b) => a.path.localeCompare(b.path));
  return problem === undefined ? { ports } : { ports, problem };
}
