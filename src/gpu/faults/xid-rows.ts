import { remedies } from "./remedies.js";
import { type RowOf, type XidFault, xidFault } from "./row.js";

type XidRow = RowOf<XidFault>;

/*
 * Public sources disagree on XIDs: NVIDIA's XID catalogue (what to do at once), the alert rules of GPU exporters, gpud's
 * list of fatal ones, and those that NVIDIA's Kubernetes device plugin takes for errors of applications. The choice:
 *   1. what the alert rules agree on is fatal, XID 94 degraded;
 *   2. where NVIDIA asks for a reset of the GPU or a restart of the machine it is fatal;
 *   3. what the device plugin takes for an application's error is one, and so is what NVIDIA answers with a restart of
 *      the application: the GPU itself goes on;
 *   4. where NVIDIA says ignore, the maker of the card is believed against everybody else;
 *   5. what gpud alone calls fatal, and what nobody knows, is degraded: traffic goes on, and somebody is told.
 */

const source = {
  agreed: "the alert rules of GPU exporters agree; NVIDIA and gpud too",
  reset: "NVIDIA: reset the GPU",
  application: "NVIDIA: restart the application",
  plugin: "NVIDIA's device plugin: an application's error; NVIDIA: restart the application",
  ignore: "NVIDIA: ignore",
  gpudOnly: "gpud: fatal; NVIDIA's catalogue has it no more (Ampere and later do not give it), so degraded",
} as const;

const fatal = (xid: number, sentence: string, remedy: string, why: string): XidRow =>
  row(xid, "fatal", sentence, remedy, why);
const degraded = (xid: number, sentence: string, remedy: string, why: string): XidRow =>
  row(xid, "degraded", sentence, remedy, why);
const application = (xid: number, sentence: string, why: string = source.application): XidRow => ({
  ...row(xid, "application", sentence, remedies.restartApplication, why),
  mendedByRestart: true,
});
const ignored = (xid: number, sentence: string, why: string = source.ignore): XidRow =>
  row(xid, "ignore", sentence, remedies.watch, why);
const legacy = (xid: number, sentence: string): XidRow => degraded(xid, sentence, remedies.reset, source.gpudOnly);
const copyEngine = (xid: number, engine: number): XidRow => application(xid, `has an error in copy engine ${engine}`);
const engine = (xid: number, name: string): XidRow => application(xid, `has an error in ${name}`);

function row(xid: number, severity: XidRow["severity"], sentence: string, remedy: string, why: string): XidRow {
  return { fault: xidFault(xid), severity, lasts: "evidence", sentence, remedy, source: why };
}

/** One row for each XID that a source says something of, in their order. */
export const xidRows: readonly XidRow[] = [
  application(8, "stopped processing a program's work"),
  legacy(9, "was programmed wrongly by the driver"),
  application(11, "got a corrupted command stream from a program"),
  legacy(12, "had an exception that the driver could not handle"),
  application(13, "had an exception in its graphics engine, as an access out of bounds gives it", source.plugin),
  legacy(16, "has a display engine that hangs"),
  legacy(18, "has bus mastering switched off in its PCI configuration"),
  legacy(19, "has an error in its display engine"),
  application(25, "got an illegal command stream from a program"),
  legacy(26, "had a timeout of its framebuffer"),
  legacy(27, "had an exception in its video processor"),
  legacy(28, "had an exception in its video processor"),
  legacy(29, "had an exception in its video processor"),
  legacy(30, "had an access error on a semaphore"),
  application(31, "had a memory page fault, as an access to memory that is not there gives it", source.plugin),
  application(32, "got a corrupted command stream", "gpud: fatal; NVIDIA: restart the application, which is followed"),
  legacy(33, "has an error in an internal microcontroller"),
  legacy(34, "had an exception in its video processor"),
  legacy(35, "had an exception in its video processor"),
  legacy(36, "had an exception in its video processor"),
  ignored(37, "had an error in the driver's firmware"),
  ignored(38, "had a timeout in the driver's firmware", "gpud: fatal; NVIDIA: ignore, which is followed"),
  copyEngine(39, 0),
  copyEngine(40, 1),
  copyEngine(41, 2),
  legacy(42, "had an exception in its video processor"),
  application(43, "stopped processing a program that then ended", "NVIDIA's device plugin: an application's error"),
  ignored(44, "had a fault during a context switch", "gpud: fatal; NVIDIA: ignore, which is followed"),
  application(45, "cleaned up after a program that ended early", "NVIDIA's device plugin: an application's error"),
  fatal(46, "stopped processing", remedies.reset, `${source.reset}; gpud: fatal`),
  legacy(47, "had an exception in its video encoder"),
  fatal(48, "has an uncorrectable memory error (double-bit ECC)", remedies.reset, source.agreed),
  degraded(54, "has its auxiliary power not connected", "check the card's power cables", "NVIDIA: check the mechanics"),
  legacy(59, "has an error in an internal microcontroller"),
  application(60, "had an exception in its video processor", "gpud: fatal; NVIDIA: restart the application, followed"),
  legacy(61, "has an internal microcontroller that hit a breakpoint"),
  fatal(62, "has an internal microcontroller that halted", remedies.reset, source.agreed),
  ignored(
    63,
    "recorded a remapping of memory",
    "gpud: fatal; NVIDIA: ignore, which is followed: gpu_row_remap_pending says what is still to be done",
  ),
  fatal(64, "failed to record a remapping of memory", remedies.reset, source.agreed),
  legacy(65, "had an exception in its video processor"),
  ignored(66, "was accessed by the driver in an illegal way"),
  ignored(67, "was accessed by the driver in an illegal way"),
  engine(68, "a video decoder (NVDEC 0)"),
  application(69, "had a class error in its graphics engine", "gpud: fatal; NVIDIA: restart the application, followed"),
  copyEngine(70, 3),
  copyEngine(71, 4),
  copyEngine(72, 5),
  fatal(74, "has an NVLink error", remedies.links, source.agreed),
  copyEngine(75, 6),
  copyEngine(76, 7),
  copyEngine(77, 8),
  degraded(
    78,
    "could not start a virtual GPU",
    remedies.updateSoftware,
    "gpud: fatal; NVIDIA: update the software. The GPU itself goes on, so degraded",
  ),
  fatal(79, "has fallen off the PCIe bus", remedies.reboot, source.agreed),
  application(80, "got corrupted data"),
  legacy(81, "has an error in its VGA subsystem"),
  engine(82, "its JPEG decoder (NVJPG 0)"),
  engine(83, "a video decoder (NVDEC 1)"),
  engine(84, "a video decoder (NVDEC 2)"),
  copyEngine(85, 9),
  engine(86, "its optical flow accelerator"),
  engine(88, "a video decoder (NVDEC 3)"),
  engine(89, "a video decoder (NVDEC 4)"),
  degraded(
    92,
    "has many correctable memory errors",
    "plan to run the vendor's diagnosis; the errors are corrected so far",
    "NVIDIA: ignore at once, ask support if it repeats. The count is a warning of the memory's end, so degraded",
  ),
  ignored(93, "wears out its infoROM faster than provided for"),
  {
    fault: xidFault(94),
    severity: "degraded",
    lasts: "processes",
    mendedByRestart: true,
    sentence: "had an uncorrectable memory error that was contained to one program",
    remedy: "restart the application that was hit, and reset the GPU when the node can be drained",
    source: "the alert rules of GPU exporters agree: warning; NVIDIA: restart the application; gpud: fatal",
  },
  fatal(95, "has an uncorrectable memory error that was not contained", remedies.reset, source.agreed),
  engine(96, "a video decoder (NVDEC 5)"),
  engine(97, "a video decoder (NVDEC 6)"),
  engine(98, "a video decoder (NVDEC 7)"),
  engine(99, "a JPEG decoder (NVJPG 1)"),
  engine(100, "a JPEG decoder (NVJPG 2)"),
  engine(101, "a JPEG decoder (NVJPG 3)"),
  engine(102, "a JPEG decoder (NVJPG 4)"),
  engine(103, "a JPEG decoder (NVJPG 5)"),
  engine(104, "a JPEG decoder (NVJPG 6)"),
  engine(105, "a JPEG decoder (NVJPG 7)"),
  ignored(106, "sent a test message"),
  ignored(107, "sent a silent test message"),
  degraded(
    109,
    "had a timeout at a context switch",
    remedies.reset,
    "NVIDIA: reset the GPU; its device plugin: an application's error. Between the two, degraded",
  ),
  fatal(110, "has a security fault", remedies.reset, `${source.reset}; gpud: fatal`),
  fatal(119, "has a system processor (GSP) that does not answer", remedies.reset, source.agreed),
  fatal(120, "has an error in its system processor (GSP)", remedies.reset, source.agreed),
  ignored(121, "has an error on its chip-to-chip link", "gpud: fatal; NVIDIA: ignore, which is followed"),
  legacy(123, "could not write to its flash memory"),
  ...Array.from({ length: 10 }, (_, index) => copyEngine(126 + index, 10 + index)),
  fatal(136, "failed to train its links", remedies.links, "NVIDIA: reset the GPU; gpud's list does not have it"),
  ignored(137, "had an NVLink access without privilege"),
  engine(139, "its second optical flow accelerator"),
  fatal(140, "has memory errors that could not be corrected", remedies.reset, `${source.reset}; gpud: fatal`),
  ignored(141, "had an error on CUDA's fast path"),
  fatal(143, "could not be initialised", remedies.reset, `${source.reset}; gpud: fatal`),
  ...["SAW", "RLW", "TLW", "TREX", "NVLPW", "NETIR", "MSE"].map((unit, index) =>
    degraded(
      144 + index,
      `has an NVLink error (${unit})`,
      remedies.links,
      "fatal or not by a subcode, which NVML does not give; what the driver asks for is in its recovery action",
    ),
  ),
  degraded(151, "had an error at a key rotation", "restart the virtual machine", "NVIDIA: restart the virtual machine"),
  ignored(152, "had a memory error of its deep learning accelerator"),
  ignored(153, "had a timeout of its deep learning accelerator"),
  ignored(
    154,
    "changed the recovery action that it asks for",
    "NVIDIA: information; the recovery action itself is read",
  ),
  fatal(155, "has an NVLink error that its software defines", remedies.links, source.reset),
  degraded(
    156,
    "took a part of itself out of use, from the next reset on",
    "drain the node at a good time and reset the GPU",
    "NVIDIA: reset the GPU at once, no investigation: it works until then, so degraded",
  ),
  degraded(157, "failed to take a part of itself out of use", remedies.watch, "NVIDIA: ignore at once, ask support"),
  fatal(158, "had a fatal timeout", remedies.reset, source.reset),
  ignored(160, "took a memory channel out of use"),
  ignored(161, "failed to take a memory channel out of use"),
  degraded(999, "had an error whose XID the driver does not tell", remedies.acknowledge, "NVML: XID unknown"),
];

/** For an XID without a row. */
export const unknownXidRow = (xid: number): XidRow =>
  degraded(
    xid,
    "had an error that this version does not know",
    remedies.acknowledge,
    "no source knows it, so degraded: traffic goes on, and somebody is told",
  );
