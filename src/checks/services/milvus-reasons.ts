import type { ReasonGroup } from "../../core/reason.js";

export const milvusReasons = {
  title: "Milvus",
  reasons: {
    collection_empty: {
      means: "A collection is loaded and has no entities: searches find nothing.",
      look: "See whether the import ran; what is not flushed is not counted yet.",
    },
    collection_loading: {
      means: "A collection is still being loaded, and cannot be searched until then.",
      look: "Wait; the query nodes' log shows why it takes long.",
    },
    collection_not_found: {
      means: "There is no such collection.",
      look: "Its name and `database`; then who dropped it.",
    },
    collection_not_loaded: {
      means: "A collection is there and not loaded, so it cannot be searched.",
      look: "See who released it, and load it.",
    },
    milvus_error: {
      means: "Milvus refused a question with an error that has no reason of its own.",
      look: "The message has its code and words.",
    },
    not_healthy: {
      means: "Milvus says of itself that it is not healthy.",
      look: "The component that the message names, and what it needs: etcd, object storage, Pulsar.",
    },
    not_milvus: {
      means: "What answers is not Milvus, or one older than 2.2.",
      look: "The port: 19530 is the gRPC one by default.",
    },
    quota_limited: {
      means: "Milvus has limits in force, such as no writes; reads go on, so degraded.",
      look: "Its memory and disk, and its quota settings.",
    },
    reads_denied: {
      means: "Milvus denies reads: searches fail.",
      look: "Give it memory or disk, or release what is not needed.",
    },
  },
} as const satisfies ReasonGroup;
