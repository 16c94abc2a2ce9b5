import { oneLine } from "../../core/one-line.js";

/** gRPC's specification suggests a bound of 8 KiB for all headers together, and percent-encoding triples bytes. */
const maxCharacters = 500;

/**
 * Text that programs and servers of others have a part in, as the details of a status. They travel in a header, whose
 * length clients bound, and half of a surrogate pair in them would make grpc-js throw.
 */
export const statusDetails = (text: string): string => oneLine(text, maxCharacters);
