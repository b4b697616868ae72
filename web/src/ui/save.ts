// SPDX-License-Identifier: Apache-2.0

/** Hands a text to the browser as a file to keep. */
export function saveText(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken the file once the click is over, but Safari reads it a little later.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
