// Random bytes from a seed, so that a run can be had again: the key stream of AES in counter mode.

import { createCipheriv, createHash } from "node:crypto";

const blockBytes = 4096;

export class Random {
  #cipher;
  #block = Buffer.alloc(0);

  constructor(seed) {
    const key = createHash("sha256").update(String(seed)).digest();
    this.#cipher = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  }

  bytes(length) {
    while (this.#block.length < length) {
      this.#block = Buffer.concat([this.#block, this.#cipher.update(Buffer.alloc(blockBytes))]);
    }
    const taken = this.#block.subarray(0, length);
    this.#block = this.#block.subarray(length);
    return taken;
  }

  /** An integer in [0, below), for `below` far under 2^32. */
  below(below) {
    return this.bytes(4).readUInt32BE() % below;
  }

  of(list) {
    return list[this.below(list.length)];
  }
}
