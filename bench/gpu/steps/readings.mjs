// 1. Every reading of ours against nvidia-smi's and nvidia-ml-py's.

import { verdict } from "../compare.mjs";
import { fields } from "../fields.mjs";
import { differs, impossible, ok } from "../harness/findings.mjs";
import { listGpus } from "../harness/listing.mjs";
import { askNvidiaSmi, findField, openNvidiaSmi } from "../harness/nvidia-smi.mjs";
import { runPython } from "../harness/python.mjs";

const roundCount = 3;

export const readings = {
  name: "readings",
  title: "Every reading against nvidia-smi and nvidia-ml-py",

  async run(context) {
    const references = [await smiReference(context), await clientReference(context)];
    const usable = references.filter(({ ask }) => ask !== undefined);
    const rounds = [];
    for (let round = 0; usable.length > 0 && round < roundCount; round++) rounds.push(await look(context, usable));
    return references.flatMap((reference) =>
      reference.ask === undefined
        ? [impossible(`all readings against ${reference.name}`, reference.why)]
        : judge(reference, rounds),
    );
  },
};

/** Another program that reads GPUs: `ask` gives values by UUID and by our names. */
async function smiReference({ simulate }) {
  const name = "nvidia-smi";
  if (simulate !== undefined) return { name, why: "the GPUs are simulated; nvidia-smi shows real ones only" };
  const known = await openNvidiaSmi();
  if (known === undefined)
    return { name, why: "there is no nvidia-smi here that works (in a container: capability utility)" };
  const asked = fields.flatMap((field) => {
    const found = field.smi && findField(known, field.smi[0]);
    return found === undefined ? [] : [{ field, found }];
  });
  const parsed = (words) =>
    Object.fromEntries(
      asked.map(({ field, found }) => {
        const word = words[found.name];
        return [field.name, word === undefined ? undefined : field.smi[1].parse(word)];
      }),
    );
  return {
    name,
    fields: asked.map(({ field }) => field),
    precision: (field) => field.smi[1].precision,
    ours: (field, value) => (field.isAbsentInSmi?.(value) ? undefined : value),
    ask: async () => {
      const byUuid = await askNvidiaSmi(asked.map(({ found }) => found));
      return new Map([...byUuid].map(([uuid, words]) => [uuid, parsed(words)]));
    },
  };
}

async function clientReference({ python, env }) {
  const name = "nvidia-ml-py";
  if (python === undefined) return { name, why: "there is no Python 3 here; name one in PYTHON" };
  const first = await runPython(python, "read_nvml.py", { env });
  if (first.event === "missing") return { name, why: `${first.message} (${python}); pip install nvidia-ml-py` };
  return {
    name,
    fields,
    precision: () => 0,
    ours: (_field, value) => value,
    ask: async () => {
      const { gpus } = await runPython(python, "read_nvml.py", { env });
      return new Map(gpus.map((gpu) => [gpu.uuid, withoutNulls(gpu)]));
    },
  };
}

const withoutNulls = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));

/** One round: each reference, then us, then each reference again. */
async function look(context, references) {
  const before = new Map();
  const after = new Map();
  for (const reference of references) before.set(reference.name, await reference.ask());
  const listing = await listGpus(context);
  for (const reference of references) after.set(reference.name, await reference.ask());
  return { listing, before, after };
}

function judge(reference, rounds) {
  const gpus = rounds[0].listing.gpus.filter(({ uuid, handleError }) => uuid.ok && handleError === undefined);
  return gpus.flatMap((gpu) => judgeGpu(reference, rounds, gpu));
}

function judgeGpu(reference, rounds, { index, uuid }) {
  const label = `gpu/${index} against ${reference.name}`;
  if (!rounds[0].before.get(reference.name).has(uuid.value)) {
    return [differs(label, `${reference.name} does not show ${uuid.value}`)];
  }
  const judged = reference.fields.map((field) => {
    const looks = rounds.map((round) => valuesOf(reference, round, field, uuid.value));
    return { name: field.name, ...verdict(looks, field, reference.precision(field)) };
  });
  const wrong = judged.filter(({ outcome }) => outcome === "differs");
  const absent = judged.filter(({ isAbsent }) => isAbsent).map(({ name }) => name);
  const notTold = fields.filter((field) => !reference.fields.includes(field)).map(({ name }) => name);
  const detail = [
    `${judged.length - wrong.length - absent.length} of ${judged.length} readings agree in value`,
    ...(absent.length > 0 ? [`${absent.length} are absent in both (${absent.join(", ")})`] : []),
    ...(notTold.length > 0 ? [`${notTold.length} it does not tell (${notTold.join(", ")})`] : []),
  ].join("; ");
  return [
    ...(wrong.length < judged.length ? [ok(label, detail, { judged })] : []),
    ...wrong.map(({ name, ours, before, after }) =>
      differs(`${label}: ${name}`, `ours ${show(ours)}; theirs ${show(before)} before and ${show(after)} after`),
    ),
  ];
}

function valuesOf(reference, { listing, before, after }, field, uuid) {
  const gpu = listing.gpus.find((each) => each.uuid.ok && each.uuid.value === uuid);
  const ours = gpu && reference.ours(field, field.ours(gpu, listing.library));
  const theirs = (look) => look.get(reference.name).get(uuid)?.[field.name];
  return { ours, before: theirs(before), after: theirs(after) };
}

const show = (value) => (value === undefined ? "absent" : JSON.stringify(value));
