// Verifies a checkpoint and inclusion proofs of a log of ours with sigstore's client. Usage: log.js CASE.json
'use strict';

const { createPublicKey } = require('node:crypto');
const { readFileSync } = require('node:fs');
// The package exports whole bundles alone; these two are what it checks a log with.
const { verifyCheckpoint } = require('./node_modules/@sigstore/verify/dist/tlog/checkpoint.js');
const { verifyMerkleInclusion } = require('./node_modules/@sigstore/verify/dist/tlog/merkle.js');

const { log, checkpoint, entries } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const [name, id, key] = log.split(/\+(.*?)\+(.*)/s);
// The header of an Ed25519 key in SubjectPublicKeyInfo (RFC 8410).
const header = Buffer.from('302a300506032b6570032100', 'hex');
const publicKey = createPublicKey({
  key: Buffer.concat([header, Buffer.from(key, 'base64').subarray(1)]),
  format: 'der',
  type: 'spki',
});
const tlogs = [{ logID: Buffer.from(id, 'hex'), baseURL: name, publicKey }];

function holds(text, entry) {
  const proof = { checkpoint: { envelope: text }, logIndex: `${entry.index}`, hashes: entry.hashes.map(bytes) };
  try {
    const read = verifyCheckpoint({ inclusionProof: proof }, tlogs);
    verifyMerkleInclusion({ inclusionProof: proof, canonicalizedBody: bytes(entry.entry) }, read);
    return true;
  } catch (error) {
    if (error.constructor.name === 'VerificationError') return false;
    throw error;
  }
}

const bytes = (base64) => Buffer.from(base64, 'base64');
const report = (what, right) => console.log(`${right ? 'ok  ' : 'FAIL'} @sigstore/verify: ${what}`);

report(`inclusion of ${entries.length} entries`, entries.every((entry) => holds(checkpoint, entry)));
const [first, second] = entries;
report('an altered checkpoint is refused', !holds(checkpoint.replace(/\n\d/, '\n9'), first));
report("another entry's proof is refused", !holds(checkpoint, { ...first, hashes: second.hashes }));
