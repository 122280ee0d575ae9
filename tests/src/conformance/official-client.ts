import { isDeepStrictEqual } from 'node:util';
import {
  type ApiReference,
  lineage,
  type ReferenceClass,
  type ReferenceMethod,
  type ReferenceParam,
  type ReferenceProperty,
  readApiReference,
} from './api-reference.js';
import { type FreshObject, methodErrors, setterSteps, wrongDefault } from './expectations.js';
import {
  accessors,
  type Callback,
  codeOf,
  errorCode,
  errorText,
  fits,
  getterName,
  type OfficialObject,
  operation,
  plain,
  setterName,
  within,
} from './official-objects.js';
import { Report } from './report.js';
import type { Json } from './transcript.js';

/** A box, so that the object in it is not awaited. */
interface Port {
  object: OfficialObject;
}

interface OfficialClient {
  create(type: string, params?: Json, callback?: Callback): Promise<OfficialObject>;
  getServerManager(): Promise<OfficialObject>;
  close(): void;
}

interface OfficialModule {
  (uri: string, options: Json): Promise<OfficialClient>;
  getComplexType(name: string): (values: Json) => unknown;
}

const METHOD_NOT_FOUND = 40008;
/** Modules whose classes the official client knows without further packages. */
const MODULES = ['core', 'elements', 'filters'];
/** Properties whose value is no fixed one. */
const NOT_COMPARED = new Set(['elementGstreamerDot']);

/** Parameters that a class can't do without. */
const CONSTRUCTOR_PARAMS: Record<string, Json> = {
  PlayerEndpoint: { uri: 'file:///media/test.webm' },
  RecorderEndpoint: { uri: 'file:///tmp/test.webm' },
  GStreamerFilter: { command: 'videoflip' },
};

/** Names of the concrete classes that are surveyed. */
export function surveyedClasses(): string[] {
  const concrete = [...readApiReference().classes.values()].filter(
    ({ abstract, module }) => !abstract && MODULES.includes(module),
  );
  return concrete.map(({ name }) => name);
}

/** Goes through classes with an official client: makes, reads, writes, calls, releases. */
export class OfficialSurvey {
  readonly #kurento: OfficialModule;
  readonly #client: OfficialClient;
  readonly #version: string;
  readonly #reference: ApiReference = readApiReference();

  private constructor(kurento: OfficialModule, client: OfficialClient, version: string) {
    this.#kurento = kurento;
    this.#client = client;
    this.#version = version;
  }

  static async open(uri: string, kurento: unknown, version: string): Promise<OfficialSurvey> {
    const module = kurento as OfficialModule;
    const client = await module(uri, { failAfter: 0, duplicates_timeout: 500 });
    return new OfficialSurvey(module, client, version);
  }

  close(): void {
    this.#client.close();
  }

  /** Everything about one class, on objects that nothing has been done to. */
  async survey(className: string): Promise<Report> {
    const report = new Report(`kurento-client ${this.#version} ${className}`);
    const classes = lineage(this.#reference, className);
    const since = Math.floor(Date.now() / 1000) - 1;
    const made = await this.#make(className);
    try {
      const fresh = { ...made, since };
      for (const property of classes.flatMap(({ properties }) => properties)) {
        await this.#readProperty(report, fresh, property);
      }
      for (const property of classes.flatMap(({ properties }) => properties)) {
        if (property.writable) await this.#writeProperty(report, made.object, property);
      }
      for (const owner of classes) {
        for (const method of owner.methods) await this.#callMethod(report, made, classes[0]!, method);
      }
      await this.#callFormerMethods(report, made.object, classes);
    } finally {
      await made.owner.release();
    }
    return report;
  }

  /** The manager, and the events that tell of objects. */
  async surveyManager(): Promise<Report> {
    const report = new Report(`kurento-client ${this.#version} ServerManager`);
    const manager = await within('getServerManager', this.#client.getServerManager());
    const call = async (name: string, ...params: unknown[]) =>
      plain(await operation(manager, name)?.(...params));
    const check = async (what: string, holds: boolean, value: unknown) => {
      if (holds) report.same++;
      else report.failures.push(`${what}: ${JSON.stringify(value)}`);
    };
    const pipelines = await call('getPipelines');
    await check('getPipelines', Array.isArray(pipelines), pipelines);
    const info = (await call('getInfo')) as Json;
    await check('getInfo', info.type === 'KMS' && Array.isArray(info.modules), info);
    const sessions = await call('getSessions');
    await check('getSessions', Array.isArray(sessions), sessions);
    await check('getMetadata', (await call('getMetadata')) === '', 'not empty');
    const kmd = JSON.parse(String(await call('getKmd', 'elements'))) as Json;
    await check('getKmd', kmd.name === 'elements' && Array.isArray(kmd.remoteClasses), kmd.name);
    await check('getCpuCount', Number(await call('getCpuCount')) > 0, 'none');
    const cpu = await call('getUsedCpu', 100);
    await check('getUsedCpu', typeof cpu === 'number' && cpu >= 0, cpu);
    await check('getUsedMemory', Number(await call('getUsedMemory')) > 1000, 'too little');

    const created = new Promise<Json>((resolve) => manager.on('ObjectCreated', resolve));
    const destroyed = new Promise<Json>((resolve) => manager.on('ObjectDestroyed', resolve));
    // The client subscribes on its own time; what it is asked for afterwards waits for that.
    await call('getMetadata');
    const pipeline = await within('create', this.#client.create('MediaPipeline'));
    const event = (await within('ObjectCreated', created)).object;
    await check('ObjectCreated', plain(event) === pipeline.id, plain(event));
    await pipeline.release();
    await check(
      'ObjectDestroyed',
      (await within('ObjectDestroyed', destroyed)).objectId === pipeline.id,
      await destroyed,
    );
    return report;
  }

  /** An object of a class, with what it needs around it. */
  async #make(className: string) {
    const owner = await within('create', this.#client.create('MediaPipeline'));
    const params = CONSTRUCTOR_PARAMS[className] ?? {};
    const hubClass = lineage(this.#reference, className).some(({ name }) => name === 'Hub');
    let parent: OfficialObject | null = owner;
    let object: OfficialObject = owner;
    if (className === 'MediaPipeline') parent = null;
    else if (className === 'HubPort') {
      parent = await owner.create('Dispatcher');
      object = await this.#client.create('HubPort', { hub: parent });
    } else object = await owner.create(className, { ...params });
    const hub = hubClass ? object : (parent ?? owner);
    const port = hubClass || className === 'HubPort' ? await this.#port(hub) : { object };
    return {
      object,
      owner,
      port,
      id: object.id,
      pipeline: owner.id,
      parent: parent?.id ?? null,
      params,
      hasChildren: hubClass || className === 'MediaPipeline',
      element: await owner.create('PassThrough'),
    };
  }

  /**
   * A port of a hub. In a box, and made with a callback: an object of this client that was awaited is refused by it
   * as a parameter of some methods.
   */
  #port(hub: OfficialObject): Promise<Port> {
    return new Promise((resolve, reject) => {
      const made = (error: unknown, object: unknown) =>
        error ? reject(error) : resolve({ object: object as OfficialObject });
      this.#client.create('HubPort', { hub }, made).catch(reject);
    });
  }

  async #readProperty(
    report: Report,
    fresh: FreshObject & { object: OfficialObject; hasChildren: boolean },
    property: ReferenceProperty,
  ): Promise<void> {
    const { name } = property;
    const getter = operation(fresh.object, getterName(name));
    if (getter === undefined) {
      report.addSkipped(`client ${this.#version} has no ${getterName(name)}`);
      return;
    }
    if (NOT_COMPARED.has(name)) {
      const code = await codeOf(getter());
      if (code === undefined) report.same++;
      else report.failures.push(`${getterName(name)} fails with ${code}`);
      return;
    }
    // The client can't turn "no object" into an object.
    if (name === 'parent' && fresh.parent === null) {
      report.addSkipped(`client ${this.#version} can't take null for an object`);
      return;
    }
    // Children are what this survey has made itself.
    if (name === 'children' && fresh.hasChildren) return;
    try {
      const wrong = wrongDefault(property, fresh, plain(await getter()));
      if (wrong === undefined) report.same++;
      else report.failures.push(`${getterName(name)} ${wrong}`);
    } catch (error) {
      report.failures.push(`${getterName(name)} fails: ${errorText(error)}`);
    }
  }

  async #writeProperty(report: Report, object: OfficialObject, property: ReferenceProperty): Promise<void> {
    const { name, type } = property;
    const setter = operation(object, setterName(name));
    const getter = operation(object, getterName(name));
    const steps = setterSteps[name];
    if (steps === undefined) {
      report.failures.push(`${setterName(name)} is not tried`);
      return;
    }
    if (setter === undefined || getter === undefined) {
      report.addSkipped(`client ${this.#version} has no ${setterName(name)}`);
      return;
    }
    for (const step of steps) {
      const what = `${setterName(name)} ${JSON.stringify(step.write)}`;
      const written = await codeOf(setter(this.#value(type, step.write)));
      if ('fails' in step) {
        if (written === step.fails) report.same++;
        else report.failures.push(`${what} gives ${written ?? 'no error'}, not ${step.fails}`);
        continue;
      }
      if (written !== undefined) {
        report.failures.push(`${what} fails with ${written}`);
        continue;
      }
      const read = plain(await getter());
      if (isDeepStrictEqual(read, step.read)) report.same++;
      else
        report.failures.push(
          `${what} reads back as ${JSON.stringify(read)}, not ${JSON.stringify(step.read)}`,
        );
    }
  }

  async #callMethod(
    report: Report,
    made: { object: OfficialObject; element: OfficialObject; port: Port },
    classOf: ReferenceClass,
    method: ReferenceMethod,
  ): Promise<void> {
    const call = operation(made.object, method.name);
    if (call === undefined) {
      report.addSkipped(`client ${this.#version} has no ${method.name}`);
      return;
    }
    const errors = methodErrors[`${classOf.name}.${method.name}`] ?? methodErrors[method.name] ?? [];
    const params: unknown[] = [];
    for (const param of method.params) params.push(this.#sample(param, made));
    let code: number | undefined;
    let message = '';
    let value: unknown;
    try {
      value = plain(await call(...params));
    } catch (error) {
      code = errorCode(error);
      message = errorText(error);
      if (code === undefined) {
        report.failures.push(`${method.name}: an error without a code: ${errorText(error)}`);
        return;
      }
    }
    if (code !== undefined) {
      if (errors.includes(code)) report.same++;
      else report.failures.push(`${method.name} fails with ${code}: ${message}`);
    } else if (fits(method.returns, value)) report.same++;
    else
      report.failures.push(
        `${method.name} returns ${JSON.stringify(value)}, not ${method.returns ?? 'nothing'}`,
      );
  }

  /** What only older clients know is refused by the reference as well. */
  async #callFormerMethods(report: Report, object: OfficialObject, classes: ReferenceClass[]): Promise<void> {
    const known = new Set(
      classes.flatMap(({ properties, methods }) => [
        ...properties.flatMap(({ name }) => [getterName(name), setterName(name)]),
        ...methods.map(({ name }) => name),
      ]),
    );
    for (const name of accessors(object).filter((accessor) => !known.has(accessor))) {
      const value = name === 'setExternalAddress' ? '192.0.2.1' : 1000;
      const code = await codeOf(operation(object, name)!(...(name.startsWith('set') ? [value] : [])));
      if (code === METHOD_NOT_FOUND) report.same++;
      else report.failures.push(`${name}, which the reference does not know, gives ${code ?? 'no error'}`);
    }
  }

  /** A value of a type, as the client wants it. */
  #value(type: string, value: unknown): unknown {
    return this.#reference.types.get(type)?.kind === 'register'
      ? this.#kurento.getComplexType(type)(value as Json)
      : value;
  }

  #sample({ name, type }: ReferenceParam, made: { element: OfficialObject; port: Port }): unknown {
    const declared = this.#reference.types.get(type);
    if (declared?.kind === 'enum') return declared.values[0];
    if (declared?.kind === 'register') {
      const members: Json = {};
      for (const member of declared.members) members[member.name] = this.#sample(member, made);
      return this.#kurento.getComplexType(type)(members);
    }
    switch (type) {
      case 'int':
      case 'int64':
        return name === 'sdpMLineIndex' ? 0 : 1;
      case 'float':
      case 'double':
        return 0.5;
      case 'boolean':
        return true;
      case 'MediaElement':
        return made.element;
      case 'HubPort':
        return made.port.object;
      default:
        return name === 'candidate' ? 'candidate:1 1 UDP 1 192.0.2.1 9 typ host' : 'text';
    }
  }
}
