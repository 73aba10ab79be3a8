// SARIF held against its schema (2.1.0, as the package carries it): reads a log, answers {"errors":[…]}, none when it is valid.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import Ajv from 'ajv';

const require = createRequire(import.meta.url);
const ajv = new Ajv({ schemaId: 'id', meta: false, allErrors: true }); // the schema is one of draft 04
ajv.addMetaSchema(require('ajv/lib/refs/json-schema-draft-04.json'));
const validate = ajv.compile(require('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'));
validate(JSON.parse(readFileSync(0, 'utf8')));
console.log(JSON.stringify({ errors: (validate.errors ?? []).map((error) => `${error.dataPath} ${error.message}`) }));
