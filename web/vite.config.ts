// SPDX-License-Identifier: Apache-2.0

import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The program that answers /api and /ws while `npm run dev` serves the pages.
const server = process.env.TANDEM_URL ?? "http://127.0.0.1:8080";

const page = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": page("./src") } },
  build: {
    // Nothing is inlined: the pages run under font-src and script-src 'self'.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1600,
    // The licences of what is built in travel with it.
    license: { fileName: "licenses.md" },
    rolldownOptions: { input: { index: page("./index.html"), docs: page("./docs.html") } },
  },
  server: {
    host: "127.0.0.1",
    proxy: {
      "/api": { target: server },
      "/ws": { target: server.replace(/^http/, "ws"), ws: true },
    },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
