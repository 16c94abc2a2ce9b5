import type { ReasonGroup } from "../../core/reason.js";

export const s3Reasons = {
  title: "S3",
  reasons: {
    bucket_not_found: {
      means: "There is no such bucket on this server.",
      look: "The name and the endpoint; then who deleted it.",
    },
    clock_skewed: {
      means: "This machine's clock is so wrong that the server does not take its signatures.",
      look: "`timedatectl`: every request to S3 from this machine fails now.",
    },
    minio_not_live: {
      means: "MinIO says of itself that it does not live.",
      look: "Its log, and whether the endpoint is MinIO's at all.",
    },
    minio_not_ready: {
      means: "MinIO lives and cannot serve: too few of its disks or nodes are there.",
      look: "`mc admin info`.",
    },
    no_credentials: {
      means: "There is nothing to sign with: no keys in the check, and none that the AWS SDK finds.",
      look: "See whether the pod's role or web identity is still attached.",
    },
    region_missing: {
      means: "There is no region to sign for.",
      look: "Give `region`, or set AWS_REGION.",
    },
    wrong_region: {
      means: "The bucket is in another region than the one that is signed for.",
      look: "Give the bucket's own region.",
    },
  },
} as const satisfies ReasonGroup;
