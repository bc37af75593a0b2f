// Builds the page into the package, or (--check) says whether what is committed is what would be built,
// or (--tests) bundles the tests of the pure parts for node's runner.
import { build } from "esbuild";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const STATIC = join(HERE, "..", "src", "spikelens", "app", "static");
const MOST = 250_000;

async function files() {
  const made = await build({
    entryPoints: { app: join(HERE, "src", "main.ts") },
    absWorkingDir: HERE,
    outdir: STATIC,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    write: false,
  });
  const styles = await build({
    entryPoints: { app: join(HERE, "page", "app.css") },
    absWorkingDir: HERE,
    outdir: STATIC,
    bundle: true,
    minify: true,
    target: "es2022",
    charset: "utf8",
    write: false,
  });
  const named = [...made.outputFiles, ...styles.outputFiles].map((f) => [f.path.split(/[\\/]/).pop(), f.text]);
  const page = ["index.html", "icon.svg"].map((name) => [name, readFileSync(join(HERE, "page", name), "utf8")]);
  return new Map([...named, ...page, ["LICENCES.txt", licences()]]);
}

function licences() {
  const { dependencies } = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8"));
  const told = Object.keys(dependencies).map((name) => {
    const text = readFileSync(join(HERE, "node_modules", name, "LICENSE"), "utf8").replaceAll("\r", "").trim();
    return `${name} ${dependencies[name]}\n\n${text}\n`;
  });
  return `The viewer's page holds parts of these works.\n\n${told.join("\n")}`;
}

async function bundleTests() {
  const out = join(HERE, "build");
  rmSync(out, { recursive: true, force: true });
  const tests = readdirSync(join(HERE, "test")).filter((name) => name.endsWith(".test.ts"));
  await build({
    entryPoints: tests.map((name) => join(HERE, "test", name)),
    outdir: out,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
  });
}

function differing(wanted) {
  return [...wanted].filter(([name, text]) => {
    try {
      return readFileSync(join(STATIC, name), "utf8").replaceAll("\r\n", "\n") !== text;
    } catch {
      return true;
    }
  });
}

if (process.argv.includes("--tests")) {
  await bundleTests();
} else {
  const wanted = await files();
  const size = [...wanted.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (size > MOST) {
    console.error(`the page is ${size} bytes, more than the ${MOST} allowed`);
    process.exit(1);
  }
  if (process.argv.includes("--check")) {
    const stale = differing(wanted).map(([name]) => name);
    if (stale.length) {
      console.error(`not what web/ builds: ${stale.join(", ")}; run "npm ci && npm run build" in web/`);
      process.exit(1);
    }
  } else {
    mkdirSync(STATIC, { recursive: true });
    for (const [name, text] of wanted) writeFileSync(join(STATIC, name), text);
  }
  console.log(`the page: ${(size / 1000).toFixed(1)} kB`);
}
