// SPDX-License-Identifier: Apache-2.0
// Completes web/package-lock.json: node scripts/complete-lock.mjs web
//
// Some tools bring their binary in one optional package per platform. A registry mirror that lacks a platform makes
// `npm install` leave it out of the lock file, and `npm ci` then refuses the lock file everywhere. Run this after each
// `npm install` behind such a mirror; where nothing is missing it changes nothing.
import { readFileSync, writeFileSync } from "node:fs";

const systems = ["android", "darwin", "freebsd", "linux", "win32"];
const processors = ["arm", "arm64", "ia32", "ppc64", "riscv64", "s390x", "wasm32", "x64"];

const path = `${process.argv[2] ?? "web"}/package-lock.json`;
const lock = JSON.parse(readFileSync(path, "utf8"));

/** The lock entry of a platform package, as npm would have written it. */
function entry(parent, name, version) {
  const words = name.split(/[-/]/);
  const of = (list) => words.filter((word) => list.includes(word)).slice(-1);
  const [os, cpu] = [of(systems), of(processors)];
  const libc = words.includes("musl") ? ["musl"] : words.includes("gnu") ? ["glibc"] : [];
  return {
    version,
    ...(cpu.length ? { cpu } : {}),
    ...(parent.dev ? { dev: true } : {}),
    ...(libc.length ? { libc } : {}),
    license: parent.license,
    optional: true,
    ...(os.length ? { os } : {}),
  };
}

const missing = [];
for (const parent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    // A range instead of a version is no platform package of this kind; npm has to resolve it.
    if (!lock.packages[key] && /^\d+\.\d+\.\d+$/.test(version)) missing.push([key, entry(parent, name, version)]);
  }
}
if (missing.length > 0) {
  const all = Object.entries(lock.packages).concat(missing);
  lock.packages = Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
}
console.log(`${path}: ${missing.length} platform packages added`);
