import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "@ohmwork/core";

/** Chances for each piece of stream that passes, and how long what is slow takes. */
export type LinkFaults = {
  /** Comes later than it was sent. */
  readonly delay?: number;
  /** Ends the link both ways, as a reset does. */
  readonly cut?: number;
  /** Ends one way and lets the other one stand. */
  readonly halfClose?: number;
  /** Is the first of which nothing arrives any more, without an end: the link is cut only some time later. */
  readonly drop?: number;
  /** Longest delay and silence [s]. @default 0.1 */
  readonly mostSeconds?: number;
};

export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** The same address as an MQTT broker's. */
  readonly url: string;
  /** What it did until now. */
  readonly counts: { links: number; delays: number; cuts: number; halfCloses: number; drops: number };
  /** From now on; without faults it only passes on. */
  inject(faults: LinkFaults): void;
  /** Ends every link, and takes new ones. */
  cut(): void;
}

type Link = { readonly near: Socket; readonly far: Socket; readonly cut: () => void };

/** Stands before a port of this machine and does to what passes what a bad network does; which piece it hits is `random`'s. */
export async function startTcpProxy(target: number, random: Random): Promise<TcpProxy> {
  const counts = { links: 0, delays: 0, cuts: 0, halfCloses: 0, drops: 0 };
  const links = new Set<Link>();
  let faults: LinkFaults = {};
  const happens = (chance = 0): boolean => chance > 0 && random.uniform() < chance;
  const someTime = (): Promise<void> => sleep(1000 * (faults.mostSeconds ?? 0.1) * random.uniform());

  /** Passes a piece on, or does not; false when nothing more goes this way. */
  const passPiece = async (piece: Buffer, to: Socket, cut: () => void): Promise<boolean> => {
    if (happens(faults.halfClose)) {
      counts.halfCloses += 1;
      to.end();
      return false;
    }
    if (happens(faults.cut)) {
      counts.cuts += 1;
      cut();
      return false;
    }
    if (happens(faults.drop)) {
      counts.drops += 1;
      await someTime();
      cut();
      return false;
    }
    if (happens(faults.delay)) {
      counts.delays += 1;
      await someTime();
    }
    if (to.writable && !to.write(piece)) {
      await new Promise<void>((resume) => void to.once("drain", resume).once("close", resume));
    }
    return true;
  };

  const pass = (from: Socket, to: Socket, link: Link): void => {
    let isOpen = true;
    const take = async (piece: Buffer): Promise<void> => {
      isOpen &&= await passPiece(piece, to, link.cut);
      from.resume();
    };
    from.on("data", (piece: Buffer) => {
      from.pause(); // one at a time, in order
      void take(piece);
    });
    from.on("end", () => to.end());
    from.on("error", link.cut);
    from.on("close", link.cut);
  };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = createConnection({ port: target, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    const cut = (): void => {
      near.resetAndDestroy();
      far.resetAndDestroy();
      links.delete(link);
    };
    const link: Link = { near, far, cut };
    links.add(link);
    counts.links += 1;
    pass(near, far, link);
    pass(far, near, link);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const cutAll = (): void => {
    for (const { cut } of links) cut();
  };
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    counts,
    inject: (next) => void (faults = next),
    cut: cutAll,
    [Symbol.asyncDispose]: async () => {
      cutAll();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}
