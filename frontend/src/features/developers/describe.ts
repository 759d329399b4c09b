/** The parts of an OpenAPI document that we read. It comes from the service, so everything in it is optional. */
type Schema = {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  allOf?: Schema[];
  oneOf?: Schema[];
  anyOf?: Schema[];
  description?: string;
  default?: unknown;
};
type Content = Record<string, { schema?: Schema }>;
type RawOperation = {
  tags?: string[];
  operationId?: string;
  summary?: string;
  description?: string;
  security?: Record<string, unknown>[];
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: Schema }[];
  requestBody?: { content?: Content };
  responses?: Record<string, { description?: string; content?: Content }>;
};
type Document = {
  tags?: { name: string; description?: string }[];
  paths?: Record<string, Record<string, RawOperation>>;
  components?: { schemas?: Record<string, Schema> };
};

/** A field of a body, or a parameter. */
export type Row = { name: string; type: string; required: boolean; about: string };
export type Body = { mediaTypes: string[]; rows: Row[] };
export type Operation = {
  id: string;
  method: string;
  path: string;
  summary: string;
  about: string;
  /** The accepted ways to authenticate; empty for public operations. */
  needs: ("session" | "api_key")[];
  parameters: (Row & { where: string })[];
  body: Body | null;
  responses: ({ status: string; about: string } & Body)[];
};
export type Group = { tag: string; about: string; operations: Operation[] };

/** The number of levels of a body that are shown. Deeper ones are rare and in the interactive reference. */
const DEPTH = 3;

/** Every operation, grouped by tag in the order of the document. */
export function describe(document: unknown): Group[] {
  const { paths = {}, tags = [], ...rest } = (document ?? {}) as Document;
  const groups = new Map<string, Group>(
    tags.map(({ name, description = "" }) => [name, { tag: name, about: description, operations: [] }]),
  );
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, raw] of Object.entries(methods)) {
      const tag = raw.tags?.[0] ?? "";
      const group = groups.get(tag) ?? { tag, about: "", operations: [] };
      groups.set(tag, group);
      group.operations.push(operation(method, path, raw, rest));
    }
  }
  return [...groups.values()].filter(({ operations }) => operations.length > 0);
}

/** The stable codes of all problems. */
export function problemCodes(document: unknown): string[] {
  const { components } = (document ?? {}) as Document;
  return (components?.schemas?.["ProblemCode"]?.enum ?? []).map(String);
}

function operation(method: string, path: string, raw: RawOperation, document: Document): Operation {
  const body = raw.requestBody?.content;
  return {
    id: raw.operationId ?? `${method} ${path}`,
    method: method.toUpperCase(),
    path,
    summary: raw.summary ?? "",
    about: raw.description ?? "",
    needs: (["session", "api_key"] as const).filter((way) => raw.security?.some((one) => way in one)),
    parameters: (raw.parameters ?? []).map((parameter) => ({
      name: parameter.name,
      where: parameter.in,
      type: typeOf(parameter.schema ?? {}, document),
      required: parameter.required ?? false,
      about: parameter.description ?? "",
    })),
    body: body ? bodyOf(body, document) : null,
    responses: Object.entries(raw.responses ?? {}).map(([status, { description = "", content }]) => ({
      status,
      about: description,
      ...bodyOf(content ?? {}, document),
    })),
  };
}

function bodyOf(content: Content, document: Document): Body {
  // If there are several, JSON has the most details; the others are the bytes themselves or the same as a form.
  const schema = content["application/json"]?.schema ?? Object.values(content)[0]?.schema;
  return { mediaTypes: Object.keys(content), rows: schema ? rowsOf(schema, document) : [] };
}

/** The fields of a schema. Nested fields have dotted names. */
function rowsOf(schema: Schema, document: Document, prefix = "", depth = DEPTH): Row[] {
  const plain = resolve(schema, document);
  if (plain.items) {
    return rowsOf(plain.items, document, `${prefix}[]`, depth);
  }
  const parts = variants(plain);
  if (parts.length > 0) {
    // A field is required if every variant requires it.
    const all = parts.map((part) => rowsOf(part, document, prefix, depth));
    const merged = new Map<string, Row>();
    for (const row of all.flat()) {
      const always = plain.allOf
        ? row.required
        : all.every((rows) => rows.some(({ name, required }) => name === row.name && required));
      const before = merged.get(row.name);
      const type = before && before.type !== row.type ? `${before.type} | ${row.type}` : row.type;
      merged.set(row.name, { ...row, type, required: always });
    }
    return [...merged.values()];
  }
  return Object.entries(plain.properties ?? {}).flatMap(([key, value]) => {
    const name = prefix ? `${prefix}.${key}`.replace(/^\[\]\./, "[].") : key;
    const row: Row = {
      name,
      type: typeOf(value, document),
      required: plain.required?.includes(key) ?? false,
      about: value.description ?? resolve(value, document).description ?? "",
    };
    return [row, ...(depth > 1 ? rowsOf(value, document, name, depth - 1) : [])];
  });
}

/** The alternatives of a schema, without `null`. */
function variants({ allOf, oneOf, anyOf }: Schema): Schema[] {
  return [...(allOf ?? []), ...(oneOf ?? []), ...(anyOf ?? [])].filter(({ type }) => type !== "null");
}

function typeOf(schema: Schema, document: Document): string {
  const plain = resolve(schema, document);
  if (plain.enum) {
    return plain.enum.map((value) => JSON.stringify(value)).join(" | ");
  }
  if (plain.items) {
    const inner = typeOf(plain.items, document);
    return inner.includes(" | ") ? `(${inner})[]` : `${inner}[]`;
  }
  const parts = variants(plain);
  if (parts.length > 0) {
    return [...new Set(parts.map((part) => typeOf(part, document)))].join(plain.allOf ? " & " : " | ");
  }
  const types = [plain.type ?? (plain.properties ? "object" : "any")]
    .flat()
    .filter((type) => type !== "null");
  // Number widths are irrelevant for readers of JSON.
  const format = plain.format && !/^u?int|^double|^float/.test(plain.format) ? ` (${plain.format})` : "";
  return types.join(" | ") + format;
}

function resolve(schema: Schema, document: Document): Schema {
  const name = schema.$ref?.split("/").at(-1);
  return name ? (document.components?.schemas?.[name] ?? {}) : schema;
}
