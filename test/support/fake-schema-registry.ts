import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A schema as it is registered. */
export interface FakeSchema {
  readonly schema: string;
  readonly schemaType?: 'JSON' | 'PROTOBUF';
  readonly references?: readonly { readonly name: string; readonly subject: string; readonly version: number }[];
}
/** By subject: its versions, from 1; or the status of every answer. */
export type FakeSubjects = Readonly<Record<string, readonly FakeSchema[] | number>>;

export interface FakeRegistry {
  readonly url: string;
  /** The questions so far, as `GET /subjects/…` with who asks. */
  readonly asked: readonly { readonly path: string; readonly authorization: string | undefined }[];
  close(): void;
}

/** A schema registry on loopback that knows what it is told. `status`: what it answers instead, `n` times or always. */
export async function fakeSchemaRegistry(
  subjects: FakeSubjects,
  failing: { readonly status: number; readonly times?: number } | null = null,
): Promise<FakeRegistry> {
  const asked: { path: string; authorization: string | undefined }[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const path = decodeURIComponent((request.url ?? '').split('?')[0]);
    asked.push({ path, authorization: request.headers.authorization });
    const [status, body] =
      failing !== null && asked.length <= (failing.times ?? Number.POSITIVE_INFINITY)
        ? [failing.status, { error_code: failing.status * 100 + 1, message: 'no' }]
        : answer(subjects, path);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function answer(subjects: FakeSubjects, path: string): readonly [number, object] {
  const [, subject = '', wanted = ''] = /^\/subjects\/(.*)\/versions\/(\w+)$/.exec(path) ?? [];
  const versions = Object.hasOwn(subjects, subject) ? subjects[subject] : undefined;
  if (versions === undefined) return [404, { error_code: 40401, message: 'Subject not found' }];
  if (typeof versions === 'number') return [versions, { error_code: versions * 100 + 1, message: 'no' }];
  const version = wanted === 'latest' ? versions.length : Number(wanted);
  const found = versions[version - 1];
  if (found === undefined) return [404, { error_code: 40402, message: 'Version not found' }];
  return [200, { subject, version, id: version, ...found }];
}
