// The official schemas. The client's own set for 2.1 cannot be used: it has names under which it never looks them up. So the official files, named as
// it wants them; its sets of 1.6 and 2.0.1 are as published.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createValidator } from 'ocpp-rpc';

const folder = new URL('../../../../shared/data/ocpp-schemas/ocpp2.1/', import.meta.url);
const isHere = existsSync(folder);

/** The reason to skip tests of 2.1, or false. */
export const withoutSchemas21 = isHere ? false : 'the OCPP 2.1 schemas (../shared/data/ocpp-schemas/ocpp2.1) are not on this machine';

const sets = {
  'ocpp1.6': createRequire(import.meta.url)('ocpp-rpc/lib/schemas/ocpp1_6.json'),
  'ocpp2.0.1': createRequire(import.meta.url)('ocpp-rpc/lib/schemas/ocpp2_0_1.json'),
  'ocpp2.1': isHere ? read() : [],
};

export const validator21 = isHere ? createValidator('ocpp2.1', sets['ocpp2.1']) : null;

/** Action → schema of its request, of those that have a response. */
export function schemasOf(protocol) {
  const names = new Set(sets[protocol].map(schema => schema.$id));
  return sets[protocol]
    .filter(schema => schema.$id.endsWith('.req') && names.has(schema.$id.replace(/req$/, 'conf')))
    .map(schema => [schema.$id.slice('urn:'.length, -'.req'.length), schema]);
}

/** A payload of the schema: with what it must have, or with everything that it may have. */
export function instanceOf(schema, whole, root = schema) {
  if (schema.$ref) return instanceOf(root.definitions[schema.$ref.slice('#/definitions/'.length)], whole, root);
  if (schema.enum) return schema.enum[0];
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(Object.entries(schema.properties ?? {})
        .filter(([name]) => whole || schema.required?.includes(name))
        .map(([name, member]) => [name, instanceOf(member, whole, root)]));
    case 'array': return Array.from({ length: schema.minItems ?? 1 }, () => instanceOf(schema.items, whole, root));
    case 'integer': case 'number': return Math.min(Math.max(1, schema.minimum ?? 1), schema.maximum ?? 1);
    case 'boolean': return true;
    case 'string': return schema.format === 'date-time' ? new Date().toISOString() : schema.format === 'uri' ? 'https://example.org/' : 'x';
    default: return {};
  }
}

function read() {
  return readdirSync(folder).filter(name => name.endsWith('.json')).map(name => {
    const schema = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
    // The validator knows no draft-06, of which these files use nothing that later drafts changed.
    delete schema.$schema;
    quieten(schema);
    schema.$id = 'urn:' + name.replace(/Request\.json$/, '.req').replace(/Response\.json$/, '.conf').replace(/\.json$/, '.req');
    return schema;
  });
}

// A text with additionalProperties, as these files have it in every enumeration, means nothing; the validator warns of each.
function quieten(node) {
  if (node === null || typeof node !== 'object') return;
  if (node.type === 'string') delete node.additionalProperties;
  Object.values(node).forEach(quieten);
}
