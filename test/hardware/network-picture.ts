import { bench16Build, bench16Netlist, type Netlist } from "@ohmwork/bench-16";

const netlist = JSON.parse(bench16Netlist) as Netlist;
const driven = [...netlist.roles.sources, ...netlist.roles.rails, ...netlist.roles.grounds];
const hidden = netlist.nodes.filter((node) => !driven.includes(node) && !netlist.roles.outputs.includes(node));
const [width, height] = [860, 560];
const colours = ["#b45309", "#047857", "#1d4ed8"];

type Point = { readonly x: number; readonly y: number };

function neighbours(node: string): string[] {
  return netlist.edges.flatMap(({ from, to }) => (from === node ? [to] : to === node ? [from] : []));
}

/** Driven nodes from top to bottom, each near the hidden nodes that it feeds; hidden nodes above and below; the output at the right. */
function placeNodes(): Map<string, Point> {
  const spread = (i: number, count: number, from: number, to: number): number => from + ((to - from) * (i + 0.5)) / count;
  const places = new Map<string, Point>(hidden.map((node, i) => [node, { x: 470, y: i * (height - 90) + 45 }]));
  const rank = (node: string): number => {
    const fed = neighbours(node).filter((other) => hidden.includes(other));
    return fed.reduce((sum, other) => sum + hidden.indexOf(other), 0) / Math.max(1, fed.length);
  };
  const column = driven.toSorted((a, b) => rank(a) - rank(b));
  for (const [i, node] of column.entries()) places.set(node, { x: 80, y: spread(i, column.length, 70, height - 70) });
  for (const [i, node] of netlist.roles.outputs.entries())
    places.set(node, { x: width - 70, y: spread(i, netlist.roles.outputs.length, 0, height) });
  return places;
}

const between = (a: Point, b: Point, part: number): Point => ({ x: a.x + (b.x - a.x) * part, y: a.y + (b.y - a.y) * part });
const fixed = (value: number): string => value.toFixed(1);

/** One edge: a line, a resistor lying on it, and which half of which chip it is. */
function edgeShape(e: number, places: ReadonlyMap<string, Point>): string {
  const { from, to } = netlist.edges[e] as Netlist["edges"][number];
  const { pot, wiper } = bench16Build.edges[e] as (typeof bench16Build.edges)[number];
  const [a, b] = [places.get(from) as Point, places.get(to) as Point];
  const toHidden = hidden.includes(to);
  const middle = between(a, b, hidden.includes(from) ? 0.5 : toHidden ? 0.55 : 0.52);
  const angle = (Math.atan2(b.y - a.y, b.x - a.x) * 180) / Math.PI;
  const colour = colours[(toHidden ? hidden.indexOf(to) : hidden.length) % colours.length] as string;
  return `<g stroke="${colour}"><line x1="${fixed(a.x)}" y1="${fixed(a.y)}" x2="${fixed(b.x)}" y2="${fixed(b.y)}"/><g transform="translate(${fixed(middle.x)} ${fixed(middle.y)}) rotate(${fixed(angle)})"><rect x="-24" y="-8" width="48" height="16" rx="3"/><text y="4" fill="${colour}">${pot}·${wiper}</text></g></g>`;
}

function nodeShape(node: string, { x, y }: Point): string {
  const channel = bench16Build.converter.channels.indexOf(node);
  const [fill, ink] = driven.includes(node)
    ? ["#e5e7eb", "#111827"]
    : hidden.includes(node)
      ? ["#ffffff", "#111827"]
      : ["#1d4ed8", "#ffffff"];
  const tag = channel < 0 ? "" : `<text class="tag" x="${fixed(x)}" y="${fixed(y + 36)}">CH${channel}</text>`;
  return `<g class="node"><rect x="${fixed(x - 36)}" y="${fixed(y - 17)}" width="72" height="34" rx="17" fill="${fill}"/><text x="${fixed(x)}" y="${fixed(y + 5)}" fill="${ink}">${node}</text></g>${tag}`;
}

/** `hardware/bench-16/network.svg`: nodes and edges of the netlist, with the half of the chip that each edge is and the converter channel of each node. */
export function networkPicture(): string {
  const places = placeNodes();
  const title = `bench-16: ${netlist.nodes.length} nodes and ${netlist.edges.length} edges`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
<title>${title}</title>
<style>text{font:600 12px system-ui,sans-serif;text-anchor:middle;stroke:none}.node text{font-size:15px}.node rect{stroke:#111827;stroke-width:1.5}.tag{font-size:11px;fill:#4b5563}line{stroke-width:1.6}g>g>rect{fill:#ffffff;stroke-width:1.6}</style>
<rect width="${width}" height="${height}" fill="#ffffff"/>
${netlist.edges.map((_, e) => edgeShape(e, places)).join("\n")}
${[...places].map(([node, place]) => nodeShape(node, place)).join("\n")}
</svg>
`;
}
