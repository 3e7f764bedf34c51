// Starts everything: `node .config/launch.mjs <command> [arguments]`. Plain JavaScript without imports, so that a Node
// too old to run the rest can still say so in one line.
const oldest = 20;
const major = Number(process.versions.node.split(".")[0]);
const narrow = ["arm", "ia32", "mips", "mipsel", "x32"];

function refuse(message) {
  process.stderr.write(message + "\n");
  process.exitCode = 1;
}

if (major < oldest) {
  refuse("Node.js " + process.versions.node + " is too old: install Node.js " + oldest + " or newer from https://nodejs.org");
} else if (narrow.indexOf(process.arch) >= 0) {
  refuse("This Node.js is built for " + process.arch + ": Ohmwork needs a 64-bit system (x64 or arm64)");
} else {
  import("./launch/main.mjs").then(
    (module) => module.main(process.argv.slice(2)),
    (error) => refuse("The launcher is damaged: " + error.message),
  );
}
