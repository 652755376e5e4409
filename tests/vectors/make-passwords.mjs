// Hashes by Node's own scrypt and by the package firebase-scrypt: one JSON array on standard output.
// Usage: node make-passwords.mjs <JSON array of passwords>, where firebase-scrypt 2.2.0 can be found.
import { createRequire } from "node:module";
import { randomBytes, scryptSync } from "node:crypto";

const { FirebaseScrypt } = createRequire(process.cwd() + "/")("firebase-scrypt");
const plain = (bytes) => bytes.toString("base64").replaceAll("=", "");
const vectors = [];

// The first is the example of github.com/firebase/scrypt.
const signerKey = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==";
const google = {
  password: "user1password",
  salt: "42xEC+ixf3L2lw==",
  hash: "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
};
const firebase = new FirebaseScrypt({ memCost: 14, rounds: 8, saltSeparator: "Bw==", signerKey });
if ((await firebase.hash(google.password, google.salt)) !== google.hash) throw new Error("firebase-scrypt is not Firebase's");
const form = (salt, hash) => `$vestibule$firebase-scrypt$ln=14,r=8$${salt}$Bw==$${signerKey}$${hash}`;
vectors.push({ format: "Firebase", made_by: "Firebase, in its documentation", password: google.password, stored: form(google.salt, google.hash) });

for (const password of JSON.parse(process.argv[2])) {
  const salt = randomBytes(10).toString("base64");
  const hash = await firebase.hash(password, salt);
  vectors.push({ format: "Firebase", made_by: "npm firebase-scrypt", password, stored: form(salt, hash) });

  const bytes = randomBytes(16);
  const output = scryptSync(password, bytes, 64, { N: 2 ** 15, r: 8, p: 2, maxmem: 2 ** 27 });
  vectors.push({ format: "scrypt", made_by: "Node scryptSync", password, stored: `$scrypt$ln=15,r=8,p=2$${plain(bytes)}$${plain(output)}` });
}
console.log(JSON.stringify(vectors));
