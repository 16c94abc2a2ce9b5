import type { ReasonGroup } from "../../core/reason.js";

export const dnsReasons = {
  title: "DNS",
  reasons: {
    answers_missing: {
      means: "The name leads somewhere, but not to every address that is expected.",
      look: "See who changed the records, and whether an old answer is still cached.",
    },
    name_not_found: {
      means: "The DNS server knows no such name.",
      look: "The whole name is asked for, without search domains: look for a typing error, then for a record that is gone.",
    },
    no_records: {
      means: "The DNS server knows the name, but has no record of this type.",
      look: "See whether the record was removed, or `record` should be another type.",
    },
    query_refused: {
      means: "The DNS server refuses to answer this client.",
      look: "Whom it serves, and whether it is the server that was meant.",
    },
    server_unreachable: {
      means: "Nothing takes the question at the address of the DNS server.",
      look: "See whether a DNS server runs there; without `server` the addresses are in /etc/resolv.conf.",
    },
    too_few_answers: {
      means: "The name has fewer addresses than `minAnswers`.",
      look: "For a headless Service: how many pods are ready behind it.",
    },
  },
} as const satisfies ReasonGroup;
