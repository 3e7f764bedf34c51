import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { memory, say } from "./places.mjs";

const file = path.join(memory, "lock");
/** The holder touches its lock this often [ms]; untouched for `staleAfter` means its holder is gone. */
const touchEvery = 2_000;
const staleAfter = 30_000;

/** Does the work while no other launcher of this checkout does its own. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
export async function exclusively(work) {
  const mine = JSON.stringify({ pid: process.pid, host: hostname(), since: Date.now() });
  let told = false;
  while (!acquire(mine)) {
    const holder = stale();
    if (holder === undefined) {
      if (!told) say("Waiting for another Ohmwork command that is installing or building in this folder");
      told = true;
      await sleep(200);
    } else breakLock(holder);
  }
  const release = () => {
    if (read() === mine) rmSync(file, { force: true });
  };
  process.once("exit", release);
  const touching = setInterval(() => {
    try {
      utimesSync(file, new Date(), new Date());
    } catch {
      // node_modules was deleted under us: the next step says what is missing
    }
  }, touchEvery);
  try {
    return await work();
  } finally {
    clearInterval(touching);
    process.removeListener("exit", release);
    release();
  }
}

function acquire(mine) {
  mkdirSync(memory, { recursive: true });
  try {
    writeFileSync(file, mine, { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code === "EEXIST" || error.code === "EPERM") return false; // EPERM: Windows, while the file is being deleted
    throw error;
  }
}

function read() {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** What stands in the lock if its holder is gone. */
function stale() {
  try {
    const text = readFileSync(file, "utf8");
    if (Date.now() - statSync(file).mtimeMs > staleAfter) return text;
    const { pid, host } = JSON.parse(text);
    return host === hostname() && !isAlive(pid) ? text : undefined;
  } catch {
    return undefined; // released or half written: look again
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Takes a stale lock away; if somebody else was quicker and holds a new one, gives it back. */
function breakLock(holder) {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    if (readFileSync(aside, "utf8") !== holder) linkSync(aside, file);
  } catch {
    // somebody else took it away first
  }
  rmSync(aside, { force: true });
}
