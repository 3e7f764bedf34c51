/** One line of the picture: at each size of the gap the accuracies of its seeds. */
export type GapLine = {
  readonly name: string;
  readonly colour: string;
  /** Dashes of the line, for who does not see colours. */
  readonly dashes: string;
  readonly points: readonly { readonly gap: number; readonly values: readonly number[] }[];
};

const WIDTH = 760;
const HEIGHT = 460;
const FRAME = { left: 64, right: 190, top: 48, bottom: 56 } as const;

/**
 * Accuracy against the size of the gap, mean and range of the devices, as SVG. It says how many devices are behind each point: below
 * the legend where they are as many everywhere, else beside the point as well.
 *
 * @param breaks size at which PAT itself fails
 */
export function gapPicture(title: string, lines: readonly GapLine[], breaks: number | undefined): string {
  const largest = Math.max(...lines.flatMap(({ points }) => points.map(({ gap }) => gap)));
  const [inner, tall] = [WIDTH - FRAME.left - FRAME.right, HEIGHT - FRAME.top - FRAME.bottom];
  const x = (gap: number): string => (FRAME.left + (inner * gap) / largest).toFixed(1);
  const y = (share: number): string => (FRAME.top + tall * (1 - share)).toFixed(1);
  const right = WIDTH - FRAME.right;
  const text = (at: readonly [string | number, string | number], words: string, more = ""): string =>
    `<text x="${at[0]}" y="${at[1]}" ${more}>${words.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</text>`;
  const grid = [0, 0.2, 0.4, 0.6, 0.8, 1].flatMap((share) => [
    `<line x1="${FRAME.left}" x2="${right}" y1="${y(share)}" y2="${y(share)}" stroke="#ddd"/>`,
    text([FRAME.left - 8, Number(y(share)) + 4], String(Math.round(100 * share)), 'text-anchor="end"'),
  ]);
  const gaps = [...new Set(lines.flatMap(({ points }) => points.map(({ gap }) => gap)))].toSorted((a, b) => a - b);
  const ticks = gaps.flatMap((gap) => [
    `<line x1="${x(gap)}" x2="${x(gap)}" y1="${y(0)}" y2="${Number(y(0)) + 5}" stroke="#555"/>`,
    text([x(gap), Number(y(0)) + 20], String(gap), 'text-anchor="middle"'),
  ]);
  const { fewest, most } = devicesOf(lines);
  const broken =
    breaks === undefined
      ? []
      : [
          `<line x1="${x(breaks)}" x2="${x(breaks)}" y1="${y(1)}" y2="${y(0)}" stroke="#888" stroke-dasharray="2 4"/>`,
          text([x(breaks), Number(y(1)) - 6], "PAT breaks", 'fill="#666" text-anchor="middle"'),
        ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    text([FRAME.left, 26], title, 'font-size="15"'),
    ...grid,
    ...ticks,
    ...broken,
    ...lines.flatMap((line) => lineOf(line, { x, y, numbered: fewest < most })),
    ...legend(lines, right, text),
    text([right + 14, FRAME.top + 28 + 24 * lines.length], "each point: mean and range", 'fill="#666" font-size="12"'),
    text([right + 14, FRAME.top + 44 + 24 * lines.length], `of ${devicesInWords(lines)}`, 'fill="#666" font-size="12"'),
    text([FRAME.left + inner / 2, HEIGHT - 14], "size of the gap (1: as in the table)", 'text-anchor="middle"'),
    text(
      [18, FRAME.top + tall / 2],
      "test accuracy on the device, %",
      `text-anchor="middle" transform="rotate(-90 18 ${FRAME.top + tall / 2})"`,
    ),
    "</svg>",
    "",
  ].join("\n");
}

/** Devices behind the point that has fewest and behind that which has most, of those that have any. */
function devicesOf(lines: readonly GapLine[]): { readonly fewest: number; readonly most: number } {
  const counts = lines.flatMap(({ points }) => points.map(({ values }) => values.length)).filter((count) => count > 0);
  return counts.length === 0 ? { fewest: 0, most: 0 } : { fewest: Math.min(...counts), most: Math.max(...counts) };
}

/** `3 devices`, or `1 to 3 devices` where a picture is not done. */
export function devicesInWords(lines: readonly GapLine[]): string {
  const { fewest, most } = devicesOf(lines);
  if (fewest < most) return `${fewest} to ${most} devices`;
  return most === 1 ? "1 device" : `${most} devices`;
}

type Axes = { readonly x: (gap: number) => string; readonly y: (share: number) => string; readonly numbered: boolean };

function lineOf({ name, colour, dashes, points }: GapLine, { x, y, numbered }: Axes): string[] {
  const known = points.filter(({ values }) => values.length > 0);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const path = known.map(({ gap, values }) => `${x(gap)},${y(mean(values))}`).join(" ");
  return [
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dashes}"/>`,
    ...known.flatMap(({ gap, values }) => [
      `<line x1="${x(gap)}" x2="${x(gap)}" y1="${y(Math.min(...values))}" y2="${y(Math.max(...values))}" stroke="${colour}"/>`,
      `<circle cx="${x(gap)}" cy="${y(mean(values))}" r="3.5" fill="${colour}"><title>${name}, gap ${gap}: mean of ${values.length}</title></circle>`,
      ...(numbered
        ? [`<text x="${Number(x(gap)) + 6}" y="${y(mean(values))}" font-size="10" fill="${colour}">${values.length}</text>`]
        : []),
    ]),
  ];
}

function legend(
  lines: readonly GapLine[],
  right: number,
  text: (at: readonly [number, number], words: string) => string,
): string[] {
  return lines.flatMap(({ name, colour, dashes }, k) => {
    const y = FRAME.top + 20 + 24 * k;
    const line = `<line x1="${right + 14}" x2="${right + 44}" y1="${y}" y2="${y}" stroke="${colour}" stroke-width="2" stroke-dasharray="${dashes}"/>`;
    return [line, text([right + 50, y + 4], name)];
  });
}
