// Verifies the cases with dcc-utils. Usage: verify.js CASES.json
'use strict';

const { createHash, X509Certificate } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { DCC } = require('dcc-utils');

const { signer, cases } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const certificate = new X509Certificate(Buffer.from(signer, 'base64'));
const kid = createHash('sha256').update(certificate.raw).digest().subarray(0, 8).toString('base64');
const keys = {
  [kid]: {
    publicKeyPem: certificate.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    publicKeyAlgorithm: { name: 'ECDSA', namedCurve: 'P-256', hash: { name: 'SHA-256' } },
  },
};

const verifiers = {
  // Throws when the signature does not hold.
  'dcc-utils with cose-js': (dcc) => dcc.checkSignatureWithCertificate(certificate.toString()),
  // False when it does not hold; chooses the key by `kid`.
  'dcc-utils with cosette': (dcc) => dcc.checkSignatureWithKeysList(keys),
};

async function holds(verify, text) {
  const dcc = await DCC.fromRaw(text);
  try {
    return Boolean(await verify(dcc));
  } catch (error) {
    if (error.message === 'Signature missmatch') return false;
    throw error;
  }
}

(async () => {
  for (const [verifier, verify] of Object.entries(verifiers)) {
    for (const { name, text, holds: expected } of cases) {
      const outcome = (await holds(verify, text)) === expected ? 'ok  ' : 'FAIL';
      console.log(`${outcome} ${verifier}: ${name}`);
    }
  }
})();
