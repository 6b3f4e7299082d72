// Checks filing certificates, written from docs/formats-logs.md (and section 5 of docs/formats-keys.md) alone.
// One request on standard input, one answer on standard output, both JSON:
// {log, witnesses, certificates} gives, for each certificate, {index, size, moments} or null where it is refused.
import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// Beside another package that brings it along.
const require = createRequire(createRequire(import.meta.url).resolve("age-encryption"));
const { ml_dsa44 } = await import(pathToFileURL(require.resolve("@noble/post-quantum/ml-dsa.js")));

const MAX = (1n << 63n) - 1n;
const refuse = () => { throw new Error("refused"); };
const must = (holds) => holds || refuse();
const utf8 = (text) => Buffer.from(text, "utf8");
const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
const leaf = (entry) => sha256(Buffer.of(0), entry);
const node = (left, right) => sha256(Buffer.of(1), left, right);

function base64(text) {
  const raw = Buffer.from(text, "base64");
  must(raw.toString("base64") === text);
  return raw;
}

function number(text) {
  must(/^(0|[1-9][0-9]{0,18})$/.test(text) && BigInt(text) <= MAX);
  return BigInt(text);
}

function hash(text) {
  const raw = base64(text);
  must(raw.length === 32);
  return raw;
}

const isName = (name) => name !== "" && !/[\s+\u0000-\u001f\u0085]/u.test(name);

function key(text, kind) {
  const [, name, hashed, encoded] = /^([^+]*)\+([^+]*)\+(.*)$/su.exec(text) ?? refuse();
  const raw = base64(encoded);
  must(isName(name) && raw[0] === kind);
  const id = sha256(utf8(name), Buffer.of(10), raw).subarray(0, 4);
  must(id.toString("hex") === hashed);
  return { name, id, public: raw.subarray(1) };
}

function note(text) {
  must(!/[\u0000-\u0009\u000b-\u001f]/.test(text) && utf8(text).length <= 1 << 20);
  const cut = text.lastIndexOf("\n\n");
  must(cut >= 0 && text.endsWith("\n"));
  const lines = text.slice(cut + 2, -1).split("\n");
  must(lines.length <= 100);
  return { text: text.slice(0, cut + 1), signatures: lines.map(signature) };
}

function signature(line) {
  const [, name, encoded] = /^\u2014 ([^ ]*) (.*)$/u.exec(line) ?? refuse();
  const raw = base64(encoded);
  must(isName(name) && raw.length > 4);
  return { name, id: raw.subarray(0, 4), bytes: raw.subarray(4) };
}

function signedBy({ name, id }, signatures) {
  const ours = signatures.find((one) => one.name === name && one.id.equals(id));
  return (ours ?? refuse()).bytes;
}

function ed25519(text, { text: signed, signatures }) {
  const known = key(text, 1);
  const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), known.public]);
  const publicKey = createPublicKey({ key: der, format: "der", type: "spki" });
  must(verify(null, utf8(signed), publicKey, signedBy(known, signatures)));
  return known.name;
}

function checkpoint(text) {
  const [origin, size, root, ...rest] = text.split("\n");
  must(rest.length === 1 && rest[0] === "" && isName(origin) && utf8(origin).length <= 255);
  const read = { origin, size: number(size), root: hash(root) };
  must(read.size > 0n || read.root.equals(sha256()));
  return read;
}

function included(path, found, index, size, root) {
  let [place, last] = [index, size - 1n];
  must(index < size);
  const halve = () => { place >>= 1n; last >>= 1n; };
  for (const beside of path) {
    must(last > 0n);
    if (place & 1n || place === last) {
      found = node(beside, found);
      while (place > 0n && !(place & 1n)) halve();
    } else {
      found = node(found, beside);
    }
    halve();
  }
  must(last === 0n && found.equals(root));
}

const eight = (value) => { const raw = Buffer.alloc(8); raw.writeBigUInt64BE(value); return raw; };
const short = (text) => Buffer.concat([Buffer.of(utf8(text).length), utf8(text)]);

function cosigned(text, { signatures }, { origin, size, root }) {
  const known = key(text, 6);
  const bytes = signedBy(known, signatures);
  must(bytes.length === 8 + 2420 && utf8(known.name).length <= 255);
  const moment = bytes.readBigUInt64BE(0);
  must(moment >= 1n && moment <= MAX);
  const signed = Buffer.concat([
    utf8("subtree/v1\n\0"), short(known.name), eight(moment), short(origin), eight(0n), eight(size), root,
  ]);
  must(ml_dsa44.verify(bytes.subarray(8), signed, known.public));
  return moment;
}

function certificate(text, log, witnesses) {
  must(utf8(text).length <= 1 << 20);
  const cut = text.indexOf("\n\n");
  must(cut >= 0);
  const [version, extra, index, ...path] = text.slice(0, cut).split("\n");
  must(version === "c2sp.org/tlog-proof@v1" && extra?.startsWith("extra ") && index?.startsWith("index "));
  must(path.length <= 63);
  const entry = hash(extra.slice(6));
  const place = number(index.slice(6));
  const signed = note(text.slice(cut + 2));
  const read = checkpoint(signed.text);
  must(ed25519(log, signed) === read.origin);
  included(path.map(hash), leaf(entry), place, read.size, read.root);
  const moments = witnesses.map((witness) => cosigned(witness, signed, read));
  return { index: Number(place), size: Number(read.size), moments: moments.map(Number) };
}

function answer(text, log, witnesses) {
  try {
    return certificate(text, log, witnesses);
  } catch {
    return null;
  }
}

const { log, witnesses, certificates } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(certificates.map((text) => answer(text, log, witnesses))));
