// SPDX-License-Identifier: Apache-2.0

// Names that are long, that run from right to left and that are not letters: the pieces must bear them all.
export const people = [
  { name: "Ana Lima", national: "090 123 45 67", raw: "84901234567" },
  { name: "Nguyễn Thị Ánh Tuyết", national: "091 765 43 21", raw: "84917654321" },
  { name: "محمد عبد الله الأحمد", national: "", raw: "358798765432101" },
  { name: "Zoë 🦊", national: "098 000 11 22", raw: "84980001122" },
  {
    name: "Maximilian-Konstantin von Hohenstein-Oberwiesenfeld zu Berg",
    national: "093 222 33 44",
    raw: "84932223344",
  },
] as const;

export const queues = [
  { id: "900", text: "Known callers" },
  { id: "901", text: "New callers" },
];

export interface SampleRow {
  readonly id: number;
  readonly name: string;
  readonly national: string;
  readonly raw: string;
}

/** As many rows as a busy day has. */
export const manyRows: readonly SampleRow[] = Array.from({ length: 2_000 }, (_, id) => ({
  id,
  ...(people[id % people.length] ?? people[0]),
}));
