import type { ReasonGroup } from "../../core/reason.js";

export const postgresReasons = {
  title: "PostgreSQL",
  reasons: {
    extension_not_found: {
      means: "The database lacks an extension that the service needs.",
      look: "See whether it was restored without it; create it as the owner of the database.",
    },
    server_starting: {
      means: "The server is starting, or replays its log after a crash.",
      look: "Its log shows how far it is. After a crash this takes minutes.",
    },
  },
} as const satisfies ReasonGroup;
