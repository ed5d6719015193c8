// A lexical student of mollia, in plain JavaScript: no package, no network but for the folder's own files.
//
//   import { openStudent } from "./student-onnx/student.mjs";
//   const student = await openStudent();
//   student(["my parcel is late"]);  // [{ label, score, scores }]

const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const WORD = new RegExp(`[\\p{L}\\p{N}_]+|[^\\p{L}\\p{N}_${SPACE}]`, "gu"); // a word, or one other mark
const PIECE = new RegExp(`[^${SPACE}]+`, "gu"); // what stands between white space

/** Read the folder's files: by default those beside this module, or with `read`, from a file's name to its bytes. */
export async function openStudent(read = beside) {
  const told = JSON.parse(new TextDecoder().decode(await read("features.json")));
  if (told.format !== 1) throw new Error(`features.json has format ${told.format}; this module reads format 1.`);
  const bytes = new Uint8Array(await read("weights.bin"));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = Float32Array.from({ length: bytes.length / 4 }, (_, at) => view.getFloat32(4 * at, true));
  const width = told.word.length + told.char.length;
  const K = told.classes.length;
  if (numbers.length !== width + K + width * K) throw new Error("weights.bin does not fit features.json.");
  const column = {
    word: new Map(told.word.map((gram, at) => [gram, at])),
    char: new Map(told.char.map((gram, at) => [gram, told.word.length + at])),
  };
  const idf = numbers.subarray(0, width);
  const intercept = numbers.subarray(width, width + K);
  const coef = numbers.subarray(width + K);
  return (texts) => texts.map((text) => {
    const scores = Float64Array.from(intercept);
    for (const counts of features(text, column, told.pieces)) {
      const values = [...counts].map(([at, count]) => [at, (1 + Math.log(count)) * idf[at]]);
      const length = Math.sqrt(values.reduce((sum, [, value]) => sum + value * value, 0));
      for (const [at, value] of values)
        for (let k = 0; k < K; k += 1) scores[k] += (value / length) * coef[at * K + k];
    }
    return named(scores, told.classes);
  });
}

/** Return the columns of a text's known words and pieces, each with how often it occurs: two maps. */
export function features(text, column, [shortest, longest]) {
  const plain = text.normalize("NFC").toLowerCase();
  const counts = { word: new Map(), char: new Map() };
  const count = (block, gram) => {
    const at = column[block].get(gram);
    if (at !== undefined) counts[block].set(at, (counts[block].get(at) ?? 0) + 1);
  };
  const words = plain.match(WORD) ?? [];
  words.forEach((word, at) => {
    count("word", word);
    if (at) count("word", `${words[at - 1]} ${word}`);
  });
  for (const piece of plain.match(PIECE) ?? []) {
    const marks = [" ", ...piece, " "]; // by code point
    for (let size = shortest; size <= Math.min(longest, marks.length); size += 1)
      for (let at = 0; at + size <= marks.length; at += 1) count("char", marks.slice(at, at + size).join(""));
  }
  return [counts.word, counts.char];
}

function named(scores, classes) {
  const most = Math.max(...scores);
  const odds = Array.from(scores, (score) => Math.exp(score - most));
  const sum = odds.reduce((total, each) => total + each, 0);
  const shares = odds.map((each) => each / sum);
  const best = shares.indexOf(Math.max(...shares));
  return { label: classes[best], score: shares[best], scores: shares };
}

async function beside(name) {
  const place = new URL(name, import.meta.url);
  if (place.protocol === "file:") return (await import("node:fs/promises")).readFile(place);
  const reply = await fetch(place);
  if (!reply.ok) throw new Error(`${place} cannot be read: ${reply.status}`);
  return new Uint8Array(await reply.arrayBuffer());
}
