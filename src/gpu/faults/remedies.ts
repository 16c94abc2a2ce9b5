/** What to do, where several faults share it. */
export const remedies = {
  restartApplication: "restart the application that used the GPU; if the error comes back, look for it there first",
  reset: "drain the node and reset the GPU (nvidia-smi --gpu-reset); if the fault comes back, have the card replaced",
  reboot: "drain the node and reboot it; if the fault comes back, have the card replaced",
  replace: "drain the node and have the card replaced",
  links: "run nvidia-smi nvlink --status, check bridge, cables and switches, then drain the node and reset the GPU",
  updateSoftware: "drain the node, update driver and firmware, and restart it",
  watch: "nothing now; if it repeats, see dmesg for NVRM lines and run the vendor's diagnosis",
  acknowledge: "see dmesg for its NVRM line; when the GPU is sound, POST /admin/gpus/INDEX/acknowledge",
} as const;
