/** What is looked for. */
export type Kind = "model server" | "Milvus" | "etcd" | "MinIO" | "Redis" | "PostgreSQL";

/** One port of this machine, and what is looked for there. */
export interface Place {
  readonly port: number;
  readonly kind: Kind;
}

const modelServerPorts = [8000, 8080, 3000, 30_000, 11_434];

/** Where things listen unless somebody says otherwise. */
export const places: readonly Place[] = [
  ...modelServerPorts.map((port) => ({ port, kind: "model server" as const })),
  { port: 19_530, kind: "Milvus" },
  { port: 2379, kind: "etcd" },
  { port: 9000, kind: "MinIO" },
  { port: 6379, kind: "Redis" },
  { port: 5432, kind: "PostgreSQL" },
];
