// One request on standard input, one answer on standard output, both JSON: bytes are base64.
// {recipients, data} seals, {identity, data} opens, {identity} gives its recipient.
import { readFileSync } from "node:fs";
import { Decrypter, Encrypter, identityToRecipient } from "age-encryption";

async function answer({ recipients, identity, data }) {
  if (data === undefined) return Buffer.from(await identityToRecipient(identity));
  const bytes = new Uint8Array(Buffer.from(data, "base64"));
  if (recipients) {
    const encrypter = new Encrypter();
    for (const recipient of recipients) encrypter.addRecipient(recipient);
    return encrypter.encrypt(bytes);
  }
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return decrypter.decrypt(bytes);
}

const result = await answer(JSON.parse(readFileSync(0, "utf8")));
process.stdout.write(JSON.stringify(Buffer.from(result).toString("base64")));
