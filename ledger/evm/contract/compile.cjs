// Compiles the contract and writes its code to standard output, as Checkpoints.hex has it: node compile.cjs <folder with solc>
//
// For chains with the rules of "berlin" or later (no instruction is newer), and without the hash of the source in it, so that
// a comment changes nothing.
'use strict';

const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const solc = require(require.resolve('solc', { paths: [process.argv[2]] }));

const name = 'Checkpoints';
const input = {
  language: 'Solidity',
  sources: { [name]: { content: readFileSync(join(__dirname, `${name}.sol`), 'utf8') } },
  settings: {
    evmVersion: 'london',
    optimizer: { enabled: true, runs: 1_000 },
    metadata: { appendCBOR: false },
    outputSelection: { [name]: { [name]: ['evm.bytecode.object'] } },
  },
};
const { contracts, errors = [] } = JSON.parse(solc.compile(JSON.stringify(input)));
for (const { formattedMessage } of errors) console.error(formattedMessage);
if (!contracts?.[name]) process.exit(1);
console.log(contracts[name][name].evm.bytecode.object);
