// Prints the test vectors of the npm package cctv-age as JSON: name to base64.
import * as vectors from "cctv-age";

const encoded = Object.entries(vectors).map(([name, file]) => [name, Buffer.from(file).toString("base64")]);
process.stdout.write(JSON.stringify(Object.fromEntries(encoded)));
