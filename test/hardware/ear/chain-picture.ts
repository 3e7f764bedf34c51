import { ear12Build } from "@ohmwork/ear-12";

const { channels, edges } = ear12Build;
const [width, height] = [960, 420];

type Block = { readonly x: number; readonly label: string; readonly below: string };

const chain: readonly Block[] = [
  { x: 40, label: "microphone", below: "gain control" },
  { x: 170, label: "180 Hz", below: "high-pass" },
  { x: 330, label: "filter", below: "frequency, Q" },
  { x: 470, label: "gain", below: "potentiometer" },
  { x: 590, label: "|y|", below: "rectifier" },
  { x: 700, label: "RC", below: "10 ms" },
  { x: 810, label: "∫", below: "80 ms" },
];

function block({ x, label, below }: Block, y: number): string {
  return `<g class="block"><rect x="${x}" y="${y - 20}" width="90" height="40" rx="6"/><text x="${x + 45}" y="${y}">${label}</text><text class="below" x="${x + 45}" y="${y + 14}">${below}</text></g>`;
}

const line = (x1: number, y1: number, x2: number, y2: number): string => `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;

/** `hardware/ear-12/chain.svg`: from the microphone to the answers, with the first, the second and the last of the channels. */
export function chainPicture(): string {
  const rows = [
    { y: 60, k: 0 },
    { y: 130, k: 1 },
    { y: 260, k: channels.length - 1 },
  ];
  const [mic, highPass, ...own] = chain as readonly [Block, Block, ...Block[]];
  const shapes = [
    block(mic, 160),
    block(highPass, 160),
    line(130, 160, 170, 160),
    line(260, 160, 290, 160),
    line(290, 60, 290, 260),
  ];
  for (const { y, k } of rows) {
    const { startHertz } = channels[k] as (typeof channels)[number];
    shapes.push(line(290, y, 330, y), ...own.map((each) => block(each, y)));
    for (const [i, { x }] of own.entries()) shapes.push(line(x + 90, y, own[i + 1]?.x ?? x + 120, y));
    shapes.push(`<text class="tag" x="375" y="${y - 26}">channel ${k + 1}: ${startHertz} Hz</text>`);
    shapes.push(`<text class="tag" x="914" y="${y - 6}">x${k + 1}</text>`, line(930, y, 930, 340));
  }
  shapes.push(`<text x="560" y="198">⋮</text>`, line(930, 340, 700, 340));
  shapes.push(
    `<g class="block"><rect x="420" y="316" width="280" height="48" rx="6"/><text x="560" y="338">${edges.length} rheostats</text><text class="below" x="560" y="354">x1 … x${channels.length}, mid, ref to o1, o2, o3</text></g>`,
  );
  shapes.push(line(420, 340, 300, 340), `<text x="250" y="345">o1 o2 o3</text>`);
  const title = `ear-12: ${channels.length} channels and a mixing network`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
<title>${title}</title>
<style>text{font:600 13px system-ui,sans-serif;text-anchor:middle;fill:#111827}.below,.tag{font-size:9px;font-weight:400}.tag{fill:#1d4ed8}.block rect{fill:#fff;stroke:#111827;stroke-width:1.4}line{stroke:#4b5563;stroke-width:1.4}</style>
<rect width="${width}" height="${height}" fill="#ffffff"/>
${shapes.join("\n")}
</svg>
`;
}
