import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeLine } from "./line.ts";
import { defaultLinkTiming, type LinkTiming } from "./link-timing.ts";
import { createSession, stepSession } from "./session.ts";
import type { SessionEffect, SessionInput, SessionState } from "./session-state.ts";

const identityOf = (epoch: number): string =>
  `ohmwork 0.1.0 0123ABCD 01 40 EXT ${epoch.toString(16).toUpperCase().padStart(4, "0")} 0`;

/** A session and what it did, for tests that talk to it line by line. */
class Talk {
  state: SessionState;
  effects: SessionEffect[] = [];
  constructor(timing: Partial<LinkTiming> = {}) {
    this.state = createSession({ ...defaultLinkTiming, ...timing });
  }
  say(...inputs: SessionInput[]): this {
    this.effects = [];
    for (const input of inputs) {
      const { state, effects } = stepSession(this.state, input);
      this.state = state;
      this.effects.push(...effects);
    }
    return this;
  }
  hear(text: string): this {
    return this.say({ kind: "line", text: encodeLine(text).trimEnd() });
  }
  submit(...commands: string[]): this {
    return this.say(...commands.map((command, id): SessionInput => ({ kind: "submit", request: { id, command } })));
  }
  /** Lines written by the last step, without their checksums. */
  get written(): string[] {
    return this.effects.flatMap((effect) => (effect.kind === "write" ? [effect.line.slice(0, -6)] : []));
  }
  get settled(): unknown[] {
    return this.effects.flatMap((effect) => {
      if (effect.kind === "resolve") return [[effect.id, ...effect.fields]];
      return effect.kind === "reject" ? [[effect.id, effect.failure.kind]] : [];
    });
  }
  get events(): string[] {
    return this.effects.flatMap((effect) => (effect.kind === "event" ? [effect.event.kind] : []));
  }
  get timer(): number | undefined {
    const last = this.effects.findLast((effect) => effect.kind === "timer");
    return last?.seconds;
  }
}

/** Past HELLO (00) and the four STATS that follow it (01–04). */
function ready(timing: Partial<LinkTiming> = {}): Talk {
  const talk = new Talk({ ...timing, window: 4 }).say({ kind: "opened" });
  talk.hear(`00 OK ${identityOf(7)}`);
  for (const seq of ["01", "02", "03", "04"]) talk.hear(`${seq} OK 00000000`);
  expect(talk.state.flights).toEqual([]);
  talk.state = { ...talk.state, timing: { ...talk.state.timing, window: timing.window ?? 3 } };
  return talk;
}

describe("stepSession() greets", () => {
  it("with HELLO, and then with as many STATS as the board remembers lines", () => {
    const talk = new Talk({ window: 4 }).say({ kind: "opened" });
    expect(talk.written).toEqual(["00 HELLO"]);
    expect(talk.timer).toBe(0.5);
    talk.hear(`00 OK ${identityOf(7)}`);
    expect(talk.events).toEqual(["ready"]);
    expect(talk.written).toEqual(["01 STATS", "02 STATS", "03 STATS", "04 STATS"]);
  });

  it("again and again, under one number, and then says that nobody is there", () => {
    const talk = new Talk({ hellos: 3 }).submit("READ 00").say({ kind: "opened" });
    for (let i = 0; i < 2; i += 1) expect(talk.say({ kind: "timer" }).written).toEqual(["00 HELLO"]);
    talk.say({ kind: "timer" });
    expect(talk.settled).toEqual([[0, "unreachable"]]);
    expect(talk.effects).toContainEqual({ kind: "reopen" });
    expect(talk.state.phase).toBe("closed");
  });

  it("and refuses what is not this firmware, or speaks another protocol", () => {
    for (const answer of ["00 OK grbl 1.1", `00 OK ${identityOf(7).replace(" 01 ", " 02 ")}`]) {
      const talk = new Talk().submit("READ 00").say({ kind: "opened" }).hear(answer);
      expect(talk.settled).toEqual([[0, "unreachable"]]);
      expect(talk.effects).toContainEqual({ kind: "reopen" });
    }
  });
});

describe("stepSession() carries requests", () => {
  it("in order, a window at a time, and gives the answers to whom they belong", () => {
    const talk = ready().submit("A", "B", "C", "D");
    expect(talk.written).toEqual(["05 A", "06 B", "07 C"]);
    talk.hear("05 OK 001");
    expect(talk.settled).toEqual([[0, "001"]]);
    expect(talk.written).toEqual(["08 D"]);
    expect(talk.hear("06 ERR RANGE 02").settled).toEqual([[1, "refused"]]);
  });

  it("and never has more bytes unanswered than the board's ring holds", () => {
    const long = `X ${"0".repeat(100)}`;
    expect(ready().submit(long, long, long).written.length).toBe(2);
  });

  it("and repeats the oldest after a silence, at most five times before it greets anew", () => {
    const talk = ready().submit("A", "B");
    for (let i = 0; i < 5; i += 1) expect(talk.say({ kind: "timer" }).written).toEqual(["05 A"]);
    expect(talk.say({ kind: "timer" }).written).toEqual(["07 HELLO"]);
    expect(talk.hear(`07 OK ${identityOf(7)}`).written).toEqual(["05 A", "06 B"]);
    for (let i = 0; i < 4; i += 1) expect(talk.say({ kind: "timer" }).written).toEqual(["05 A"]);
    const last = talk.say({ kind: "timer" });
    expect(last.settled).toEqual([[0, "unreachable"]]);
    expect(last.written).toEqual(["07 HELLO"]);
  });

  it("and repeats at once what an answer to a later line shows to be lost", () => {
    const talk = ready().submit("A", "B", "C");
    expect(talk.hear("06 OK").written).toEqual(["05 A"]);
    expect(talk.hear("07 OK").written).toEqual([]);
    expect(talk.hear("05 OK").settled).toEqual([[0]]);
  });

  it("and writes nothing that would make the board forget a line that has no answer", () => {
    const talk = ready({ window: 4 }).submit("A", "B", "C", "D", "E", "F");
    expect(talk.written).toEqual(["05 A", "06 B", "07 C", "08 D"]);
    for (const seq of ["06", "07", "08"]) expect(talk.hear(`${seq} OK`).written.filter((line) => line !== "05 A")).toEqual([]);
    expect(talk.hear("05 OK").written).toEqual(["09 E", "0A F"]);
  });

  it("and ignores a second answer, an answer nobody asked for, and a line that is not one", () => {
    const talk = ready().submit("A");
    talk.hear("05 OK 001");
    expect(talk.hear("05 OK 002").settled).toEqual([]);
    expect(talk.hear("99 OK").settled).toEqual([]);
    expect(talk.say({ kind: "line", text: "05 OK 003 0000" }).events).toEqual(["bad-line"]);
    expect(talk.state.counters).toMatchObject({ strays: 2, badLines: 1 });
  });

  it("and waits longer for a request that says so", () => {
    const request = { id: 1, command: "CALIBRATE M", seconds: 5 };
    expect(ready().say({ kind: "submit", request }).timer).toBe(5);
  });
});

describe("stepSession() notices a board that started anew", () => {
  it("by its greeting, and fails everything under way and waiting", () => {
    const talk = ready()
      .submit("A", "B", "C", "D")
      .hear(`!! HELLO ${identityOf(8)}`);
    expect(talk.settled).toEqual([0, 1, 2, 3].map((id) => [id, "reset"]));
    expect(talk.events).toEqual(["reset"]);
    expect(talk.written).toEqual(["08 HELLO"]);
    expect(talk.hear(`08 OK ${identityOf(8)}`).events).toEqual(["ready"]);
    expect(talk.state.counters.resets).toBe(1);
  });

  it("by its epoch, where the greeting was lost", () => {
    const talk = ready().submit("A").say({ kind: "closed" }).say({ kind: "opened" });
    expect(talk.hear(`06 OK ${identityOf(8)}`).settled).toEqual([[0, "reset"]]);
  });

  it("by its epoch, where it no longer knows what it was told or is asked for it, and nothing announced it", () => {
    const talk = ready().submit("A", "B").hear("05 ERR ORDER RULE");
    expect(talk.settled).toEqual([]);
    expect(talk.written).toEqual(["07 HELLO"]);
    expect(talk.hear("06 ERR ORDER RULE").effects).toEqual([]);
    expect(talk.hear(`07 OK ${identityOf(8)}`).settled).toEqual([0, 1].map((id) => [id, "reset"]));
    expect(
      ready()
        .submit("HELLO")
        .hear(`05 OK ${identityOf(8)}`).settled,
    ).toEqual([[0, "reset"]]);
  });

  it("and takes the same refusal for one when the epoch is the same, and repeats the others", () => {
    const talk = ready().submit("A", "B").hear("05 ERR ORDER RULE");
    talk.hear(`07 OK ${identityOf(7)}`);
    expect(talk.settled).toEqual([[0, "refused"]]);
    expect(talk.written).toEqual(["06 B"]);
  });

  it("and not by a greeting that it has already met", () => {
    expect(
      ready()
        .submit("A")
        .hear(`!! HELLO ${identityOf(7)}`).effects,
    ).toEqual([]);
  });
});

describe("stepSession() outlives its port", () => {
  it("and goes on with what was under way", () => {
    const talk = ready().submit("A").say({ kind: "closed" });
    expect(talk.events).toEqual(["lost"]);
    expect(talk.timer).toBe(60);
    talk.say({ kind: "opened" }).hear(`06 OK ${identityOf(7)}`);
    expect(talk.written).toEqual(["05 A"]);
  });

  it("and gives up what waited a minute", () => {
    const talk = ready().submit("A").say({ kind: "closed" }).say({ kind: "timer" });
    expect(talk.settled).toEqual([[0, "unreachable"]]);
  });
});

describe("stepSession()", () => {
  it("takes anything at any time: no throw, a bounded window, every request settled at most once", () => {
    const line = fc.oneof(
      fc.string({ maxLength: 30 }),
      fc
        .tuple(fc.nat(15), fc.constantFrom("OK", "OK 001", `OK ${identityOf(7)}`, `OK ${identityOf(8)}`, "ERR RANGE 01"))
        .map(([seq, rest]) => encodeLine(`${seq.toString(16).toUpperCase().padStart(2, "0")} ${rest}`).trimEnd()),
      fc
        .constantFrom("!! QUIET", "!! BAD CRC 01", "!! HELLO", `!! HELLO ${identityOf(9)}`)
        .map((text) => encodeLine(text).trimEnd()),
    );
    const input: fc.Arbitrary<SessionInput> = fc.oneof(
      line.map((text): SessionInput => ({ kind: "line", text })),
      fc.nat(1000).map((id): SessionInput => ({ kind: "submit", request: { id, command: `LEARN ${id}` } })),
      fc.constantFrom<SessionInput>({ kind: "opened" }, { kind: "closed" }, { kind: "timer" }, { kind: "cancel", id: 3 }),
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(input, { maxLength: 80, selector: (one) => (one.kind === "submit" ? one.request.id : {}) }),
        (inputs) => {
          let state = createSession(defaultLinkTiming);
          const settled: number[] = [];
          for (const one of inputs) {
            const stepped = stepSession(state, one);
            ({ state } = stepped);
            for (const effect of stepped.effects) {
              if ((effect.kind === "resolve" || effect.kind === "reject") && effect.id >= 0) settled.push(effect.id);
            }
            if (state.flights.length > defaultLinkTiming.window) throw new RangeError("window");
          }
          expect(new Set(settled).size).toBe(settled.length);
        },
      ),
    );
  });

  it("needs a window that the board can remember", () => {
    expect(() => createSession({ ...defaultLinkTiming, window: 5 })).toThrow("Window must be 1 to 4 lines: 5");
  });
});
