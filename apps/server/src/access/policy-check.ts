import { Injectable, RequestMethod } from '@nestjs/common';
import type { OnApplicationBootstrap, Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { policyKey } from './policy.ts';
import type { Policy } from './policy.ts';

export type Route = {
  readonly controller: string;
  readonly handler: string;
  readonly method: string;
  readonly path: string;
  readonly policy: Policy | undefined;
};

/**
 * Default deny, made true before the first request: a route that does not say who may come is a
 * mistake of ours, and the server does not start with it (OWASP ASVS 5.0, 8.2.1).
 */
@Injectable()
export class PolicyCheck implements OnApplicationBootstrap {
  private readonly discovery: DiscoveryService;
  private readonly scanner: MetadataScanner;
  private readonly reflector: Reflector;

  constructor(discovery: DiscoveryService, scanner: MetadataScanner, reflector: Reflector) {
    this.discovery = discovery;
    this.scanner = scanner;
    this.reflector = reflector;
  }

  onApplicationBootstrap(): void {
    const open = this.routes().filter(({ policy }) => policy === undefined);
    if (open.length === 0) return;
    const names = open.map(({ controller, handler }) => `${controller}.${handler}`).join(', ');
    throw new TypeError(`routes without a policy: ${names}`);
  }

  /** Every route of every controller with its policy. */
  routes(): Route[] {
    return this.discovery.getControllers().flatMap(({ instance, metatype, name }) => {
      if (!instance || !metatype) return [];
      const holder = metatype as Type;
      const prototype = Object.getPrototypeOf(instance as object) as Record<string, unknown>;
      return this.scanner.getAllMethodNames(prototype).flatMap((handler) => {
        const method = prototype[handler] as () => unknown;
        const verb = Reflect.getMetadata('method', method) as RequestMethod | undefined;
        if (verb === undefined) return [];
        const path = [pathOf(holder), pathOf(method)].join('/').replace(/\/+/g, '/');
        const policy: Policy | undefined = this.reflector.getAllAndOverride(policyKey, [
          method,
          holder,
        ]);
        return [{ controller: String(name), handler, method: RequestMethod[verb], path, policy }];
      });
    });
  }
}

function pathOf(target: object): string {
  const path = Reflect.getMetadata('path', target) as string | string[];
  return [path].flat().join('/');
}
