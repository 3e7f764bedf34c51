import { statfsSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { root } from "./places.mjs";

/**
 * One plain line for what went wrong in npm's, npx's or pnpm's output: what failed and what to do.
 *
 * @param {string} what what was being done, as the start of a sentence
 * @param {string} output
 * @param {string} log where the whole output is kept
 */
export function explain(what, output, log) {
  const host = /(?:https?:\/\/|(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED) )([^\s/"'),]+)/.exec(output)?.[1];
  const registry = host === undefined ? "the package registry" : `the package registry at ${host}`;
  const has = (pattern) => pattern.exec(output)?.[0];
  let code;
  if (has(/ENOSPC|no space left/i)) return `${what} failed: the disk is full; free about 1 GB and run the command again`;
  if ((code = has(/EDQUOT/)))
    return `${what} failed: the disk quota is used up (${code}); free about 1 GB and run the command again`;
  if ((code = has(/\b(?:EACCES|EPERM|EROFS)\b/))) {
    const file = /(?:open|mkdir|rename|symlink|unlink|access|copyfile|link) '([^']+)'/.exec(output)?.[1];
    return `${what} failed: ${file ?? "a file"} cannot be written (${code}); check its owner and run the command again`;
  }
  if (has(/ERR_PNPM_OUTDATED_LOCKFILE/)) {
    return `${what} failed: pnpm-lock.yaml does not belong to the package.json files; run pnpm install and commit the lockfile`;
  }
  if (
    (code = has(
      /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|ERR_SOCKET_TIMEOUT|UND_ERR_\w+|ENOTCACHED|ERR_PNPM_NO_OFFLINE_\w+)\b/,
    ))
  ) {
    return `${what} failed: ${registry} cannot be reached (${code}); check the network or proxy and run the command again`;
  }
  if ((code = has(/\b(?:CERT_\w+|SELF_SIGNED_CERT\w*|self-signed certificate|UNABLE_TO_\w+|DEPTH_ZERO\w*)\b/))) {
    return `${what} failed: the certificate of ${registry} is not trusted (${code}); set NODE_EXTRA_CA_CERTS and run the command again`;
  }
  if ((code = has(/\b(?:E401|E403|ERR_PNPM_FETCH_40[13])\b/)))
    return `${what} failed: ${registry} refuses access (${code}); check the login in .npmrc`;
  if ((code = has(/\b(?:E404|ETARGET|ERR_PNPM_FETCH_404|ERR_PNPM_NO_MATCHING_VERSION)\b/))) {
    return `${what} failed: ${registry} lacks a package this checkout is pinned to (${code}); the whole output is in ${log}`;
  }
  const free = freeSpace();
  if (free < needed) {
    return `${what} failed: only ${Math.round(free / 1e6)} MB of disk are free; free about 1 GB and run the command again`;
  }
  const line = output
    .split("\n")
    .map((text) => text.trim())
    .find((text) => /\bERR_|error|fail|not found|cannot/i.test(text) && !/error (?:code|syscall|errno|path)\b/.test(text));
  return `${what} failed${line === undefined ? "" : `: ${line.slice(0, 200)}`}; the whole output is in ${log}`;
}

/** Node, the package store and the links to it take 0.7 GB together. */
const needed = 700e6;

/** The least space [bytes] where an install writes: npm does not always say that it ran out, and tidies up before it ends. */
function freeSpace() {
  const spaces = [root, homedir(), tmpdir()].map((folder) => {
    try {
      const { bavail, bsize } = statfsSync(folder);
      return bavail * bsize;
    } catch {
      return Infinity; // a folder that is not there, which is another complaint
    }
  });
  return Math.min(...spaces);
}
