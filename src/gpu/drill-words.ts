/* The words of drills for numbers of NVML. */

/** NVML's bit for each reason to run slower. */
export const clocksEventReasons = {
  none: 0x0,
  idle: 0x1,
  "application-clocks": 0x2,
  "power-cap": 0x4,
  "hw-slowdown": 0x8,
  "sync-boost": 0x10,
  "sw-thermal": 0x20,
  "hw-thermal": 0x40,
  "power-brake": 0x80,
  "display-clocks": 0x100,
} as const;

/** NVML's numbers of what a GPU asks for to recover. */
export const recoveryActions = { none: 0, reset: 1, reboot: 2, drain: 3, "drain-and-reset": 4 } as const;

/** NVML's numbers of how far a GPU is with joining the NVLink fabric. */
export const fabricStates = { "not-supported": 0, "not-started": 1, "in-progress": 2, completed: 3 } as const;
