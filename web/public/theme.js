// SPDX-License-Identifier: Apache-2.0

// Runs before the first paint, so that a dark page never flashes white. The same rule lives in src/ui/theme.ts.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("tandem.theme");
  } catch {
    // Storage can be closed to the page; the system's choice is good then.
  }
  const dark =
    choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
