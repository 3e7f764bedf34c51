/** A whole number as upper-case hexadecimal, padded with zeros to `width` digits. */
export function hex(value: number, width = 1): string {
  return value.toString(16).toUpperCase().padStart(width, "0");
}

/** The number that upper-case hexadecimal digits stand for; undefined for anything else, and for more than 32 bits. */
export function parseHex(text: string): number | undefined {
  return /^[0-9A-F]{1,8}$/.test(text) ? Number.parseInt(text, 16) : undefined;
}
