/** An NVML return code that is not success, with its name: `NVML_ERROR_GPU_IS_LOST`. */
export interface ReturnCode {
  readonly code: number;
  readonly name: string;
}

/** A reading that keeps the return code for why it is absent. */
export type NvmlReading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: "unsupported" | "lost"; readonly returnCode: ReturnCode };
