// SPDX-License-Identifier: Apache-2.0

/** A key, or keys together, beside what they do. */
export function Shortcut({ keys }: { keys: readonly string[] }) {
  return (
    <span className="inline-flex gap-1">
      {keys.map((key) => (
        <kbd
          key={key}
          className="inline-flex h-5 min-w-5 items-center justify-center rounded-box border border-line bg-sunken px-1 font-sans text-12 text-ink-muted"
        >
          {key}
        </kbd>
      ))}
    </span>
  );
}
